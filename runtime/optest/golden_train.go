package optest

import (
	"encoding/csv"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// The bounds of docs/networks.md, "Tolerances", for the first iteration of training.
const (
	maxLossError    = 1e-3 // relative
	maxGradientNMSE = 1e-5
)

// TrainingVectors are the golden vectors of training: Tensors holds the inputs of iteration N as "itN.x_a", "itN.dis.s_a", ..., gradients of
// the first as "grad.gen_a.KEY", ..., and weights after the last as "final.gen_a.KEY", ... The generators' gradients are those after the
// discriminators' first update. As a graph.ParamSource it gives the initial weights.
type TrainingVectors struct {
	optable.GoldenVectors
	Training nvlabs.Training      // of the sizes that the pictures have
	Losses   []map[string]float64 // by iteration and name, such as "gen.recon_x_a"; before that iteration's update
}

// GoldenTrainings are the names of the golden vectors of training.
var GoldenTrainings = []string{
	"train", "train_nsgan", "train_replicate", "train_prelu",
	"train_unit", "train_cyclegan", "train_cyclegan_identity", "train_cyclegan_noise", "train_bicyclegan",
	"train_cyclegan_pool", "train_bicyclegan_own",
}

// LoadTraining reads embedded golden vectors of training: GoldenTrainings, and "train_vgg", whose weights of VGG16 are formula's with the
// seed "vgg".
func LoadTraining(t testing.TB, name string) *TrainingVectors {
	v := &TrainingVectors{GoldenVectors: *LoadGolden(t, name)}
	text, err := goldenFiles.ReadFile("testdata/" + name + "/config.yaml")
	require.NoError(t, err)
	c, unknown, err := nvlabs.ParseTraining(text)
	require.NoError(t, err)
	require.Empty(t, unknown)
	x := v.Shapes["it0.x_a"]
	c.BatchSize, c.Model.CropImageHeight, c.Model.CropImageWidth = x[0], x[2], x[3]
	v.Training, v.Config.Method = c, c.Model.Method
	file, err := goldenFiles.Open("testdata/" + name + "/losses.csv")
	require.NoError(t, err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	for _, line := range lines[1:] {
		losses := map[string]float64{}
		for i, field := range line {
			losses[lines[0][i]], err = strconv.ParseFloat(field, 64)
			require.NoError(t, err)
		}
		v.Losses = append(v.Losses, losses)
	}
	return v
}

// Float32s gives the initial values of weight "gen_a.KEY", "dis_a.KEY", ...
func (v *TrainingVectors) Float32s(name string, shape []int) ([]float32, error) {
	network, key, _ := strings.Cut(v.Golden(name), ".")
	return formula.Values("golden/"+v.Name, network, key, shape), nil
}

// Golden is what the vectors call a weight: those of UNIT call its encoder as MUNIT's is called.
func (v *TrainingVectors) Golden(name string) string {
	if v.Config.Method == "UNIT" {
		return strings.Replace(name, ".enc.", ".enc_content.", 1)
	}
	return name
}

// Step is the graph of an update with its gradients: inputs x_a, x_b, s_a, s_b, where the method takes noise, and all weights, outputs the loss
// terms, the total and the gradients of the weights with the prefix that the update changes ("gen" or "dis"), named "grad.gen_a.KEY".
func (v *TrainingVectors) Step(t testing.TB, prefix string) *graph.Graph {
	g := graph.New()
	trained := &net.Trainable{Graph: g}
	b := &net.Builder{Graph: g, Config: v.Config, Weight: trained.Weight}
	method := net.Methods[v.Training.Trainer]
	input := func(d weights.Domain) (x, s *graph.Node) {
		shape := v.Shapes["it0.x_"+string(d)]
		x = g.Input("x_"+string(d), shape...)
		if noise := method.Noise(v.Config, d, shape); noise != nil {
			s = g.Input("s_"+string(d), noise...)
		}
		return x, s
	}
	var x, s net.Pair
	x.A, s.A = input(weights.A)
	x.B, s.B = input(weights.B)
	loss := method.GeneratorLoss
	if prefix == "dis" {
		loss = method.DiscriminatorLoss
	}
	l := loss(b, x, s, train.LossWeights(v.Training))
	for _, term := range append(l.Terms, net.Term{Name: "total", Value: l.Total}) {
		g.Output(prefix+"."+term.Name, term.Value)
	}
	var wrt []*graph.Node
	for _, n := range trained.Inputs {
		if strings.HasPrefix(n.Name, prefix) {
			wrt = append(wrt, n)
		}
	}
	for i, n := range g.Gradient(l.Total, wrt) {
		g.Output("grad."+v.Golden(wrt[i].Name), n)
	}
	require.NoError(t, g.Err())
	return g
}
