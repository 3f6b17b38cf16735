package nvlabs

import (
	"fmt"
	"strings"

	"github.com/webmunit/webmunit/weights/pytorch"
)

// hint says which keys of the config to change so that it fits the checkpoint, as far as the
// checkpoint's own shapes tell.
func (g *generator) hint() string {
	inputDim := "input_dim_" + string(g.domain)
	encoder := string(g.cfg.Architecture().Parts[0])
	down := g.tensors.Count(encoder+".model.%d.conv.weight") - 1
	if down < 0 { // one way's other half: the decoder's upsampling convs have even numbers
		for down = 0; g.tensors[fmt.Sprintf("dec.model.%d.conv.weight", 2*down+2)] != nil; {
			down++
		}
	}
	res := max(
		g.tensors.Count(fmt.Sprintf("%s.model.%d.model.%%d.model.0.conv.weight", encoder, down+1)),
		g.tensors.Count("dec.model.0.model.%d.model.0.conv.weight"))
	found := []struct {
		key       string
		has, asks int
	}{
		{inputDim, g.tensors.Size(1, encoder+".model.0.conv.weight", "enc_style.model.0.conv.weight"), g.cfg.InputDim(g.domain)},
		{"gen.dim", g.tensors.Size(0, encoder+".model.0.conv.weight", "enc_style.model.0.conv.weight"), g.cfg.Gen.Dim},
		{"gen.mlp_dim", g.tensors.Size(0, "mlp.model.0.fc.weight"), g.cfg.Gen.MLPDim},
		{"gen.style_dim", max(g.tensors.Size(0, "enc_style.model.6.weight"), g.tensors.Size(1, "mlp.model.0.fc.weight")), g.cfg.Gen.StyleDim},
		{"gen.n_downsample", down, g.cfg.Gen.NDownsample},
		{"gen.n_res", res, g.cfg.Gen.NRes},
	}
	var changes []string
	for _, f := range found {
		if f.has > 0 && f.has != f.asks {
			changes = append(changes, fmt.Sprintf("set %s to %d (it is %d)", f.key, f.has, f.asks))
		}
	}
	if learnsSlopes(g.tensors) != (g.cfg.Gen.Activ == "prelu") {
		if g.cfg.Gen.Activ == "prelu" {
			changes = append(changes, "set gen.activ to the activation used (not prelu)")
		} else {
			changes = append(changes, "set gen.activ to prelu")
		}
	}
	if len(changes) == 0 {
		return "give the config.yaml that the checkpoint was trained with"
	}
	return strings.Join(changes, ", ")
}

func learnsSlopes(s pytorch.StateDict) bool {
	for key := range s {
		if strings.HasSuffix(key, ".activation.weight") {
			return true
		}
	}
	return false
}
