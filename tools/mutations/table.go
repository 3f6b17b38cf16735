package main

// The suites are those that run on the CPU: what the GPU computes is held against the same values, and takes minutes to compile for.
var (
	ofNetworks  = suite{"./runtime/optest", "-run=TestCPU/(train|tiny|zero3|discriminator)"}
	ofNet       = suite{"./runtime/net"}
	ofKin       = suite{"./runtime/optest", "-run=TestCPU/kin"}
	ofJunyanz   = suite{"./weights/junyanz"}
	ofGraph     = suite{"./runtime/graph"}
	ofGradients = suite{"./runtime/optest", "-run=TestCPU|TestAdamCPU|FiniteDifferences|Composites"}
	ofTraining  = suite{"./runtime/train", "-skip=GPU|Kill"}
	ofData      = suite{"./runtime/train/data"}
	ofWeights   = suite{"./weights", "-skip=GPU"}
	ofFloat16   = suite{"./weights/float16"}
	ofFormula   = suite{"./weights/formula"}
	ofNVlabs    = suite{"./weights/nvlabs"}

	noise     = suite{"./runtime", "-run=TestNoiseIsItsSeed"}
	networks  = []suite{ofNet, ofNetworks}
	kin       = []suite{ofJunyanz, ofKin}
	graphs    = []suite{ofGraph, ofGradients}
	training  = []suite{ofTraining}
	pictures  = []suite{ofData}
	models    = []suite{ofWeights}
	halves    = []suite{ofFloat16, ofWeights}
	formulas  = []suite{ofFormula, ofNetworks}
	configs   = []suite{ofNVlabs}
	schedules = []suite{ofNVlabs, ofTraining}
	bounds    = []suite{ofGraph}
	trainings = []suite{{"./runtime/cpu", "-run=TestVariantsOfWeightsInTraining"}, {"./runtime/gpu", "-run=TestTrainingIsOfThePlan"}}
)

var table = []mutation{
	// Losses and what they are made of.
	{"runtime/net/cyclic.go", "g.ReduceMean(g.Mul(again, again))", "g.ReduceMean(g.Mul(code, again))", networks},
	{"runtime/net/cyclic.go", "half(weights.B, weights.A, x.B, x.A, s.B, s.A)", "half(weights.B, weights.A, x.B, x.A, s.B, s.B)", networks},
	{"runtime/net/cyclic.go", "half(weights.A, weights.B, x.A, x.B, s.A, s.B)", "half(weights.A, weights.B, x.A, x.A, s.A, s.B)", networks},
	{"runtime/net/cyclic.go", "w.ReconXCyc*w.Identity)", "w.Identity)", networks},
	{"runtime/net/cyclic.go", "m.encode(b, to, fake, back)", "m.encode(b, from, fake, back)", networks},
	{"runtime/net/cyclic.go", "l1(g, b.Decode(from, noisyAgain, nil), x)", "l1(g, b.Decode(from, g.Scale(noisyAgain, 2), nil), x)", networks},
	{"runtime/net/cyclic.go", "l1(g, b.Decode(from, noisy, nil), x)", "l1(g, b.Decode(from, code, nil), x)", networks},
	{"runtime/net/cyclic.go", "g.ReduceMean(g.Mul(code, code)), w.KL)", "g.ReduceMean(g.Mul(code, code)), w.KLCyc)", networks},
	{"runtime/net/cyclic.go", "return code, b.Graph.Add(code, s)", "return code, code", networks},
	{"runtime/net/cyclic.go", "return graph.Shape{x[0], 1, x[2], x[3]}", "return graph.Shape{x[0], 2, x[2], x[3]}", networks},
	{"runtime/net/cyclic.go", "m.Translate(b, weights.A2B, x.A, s.A)}", "m.Translate(b, weights.A2B, x.A, s.B)}", networks},
	{"runtime/net/bicycle.go", "draw(g.Add(f.mean, noise))", "draw(g.Add(f.mean, g.Scale(noise, 0.1)))", networks},
	{"runtime/net/bicycle.go", "g.Scale(f.logVar, 0.5)", "f.logVar", networks},
	{"runtime/net/bicycle.go", "g.Constant(1, 1)", "g.Constant(0, 1)", networks},
	{"runtime/net/bicycle.go", "if w.OwnD && random", "if w.OwnD && !random", networks},
	{"runtime/train/pool.go", "r.Float64() <= 0.5", "r.Float64() > 0.5", training},
	{"runtime/train/pool.go", "uint64(d)*domainSeed", "0", training},
	{"runtime/train/pool.go", "p.came = c.Iteration * p.fakes[0].Shape()[0]", "p.came = c.Iteration", training},
	{"runtime/train/pool.go", "old[i], picture[i] = v, old[i]", "old[i], picture[i] = v, v", training},
	{"runtime/cpu/lower.go", "case graph.OpFoldPadding:", "case graph.OpSlice + 100:", []suite{{"./runtime/cpu", "-run=TestWhatTakesTimeIsFast"}}},
	{"runtime/cpu/lower_grad.go", "case graph.OpUpsampledConvGrad:", "case graph.OpSlice + 100:", []suite{{"./runtime/cpu", "-run=TestWhatTakesTimeIsFast"}}},
	{"runtime/net/bicycle.go", "b.EncodeStyle(weights.B, f.random)", "b.EncodeStyle(weights.B, f.own)", networks},
	{"runtime/net/bicycle.go", "g.ReduceMean(g.Mul(f.mean, f.mean))", "g.ReduceMean(f.mean)", networks},
	{"runtime/net/bicycle.go", "b.fakesLoss(weights.B, x.B, f.own, f.random)", "b.fakesLoss(weights.B, x.B, f.own, f.random, f.random)", networks},
	{"runtime/net/method.go", "part = g.Scale(part, 1/float32(len(fakes)))", "part = g.Scale(part, 2/float32(len(fakes)))", networks},
	{"runtime/net/method.go", "value := b.adversarial(b.Discriminate(d, real), true)", "value := b.adversarial(b.Discriminate(d, real), false)", networks},
	{"runtime/net/loss.go", "againA, againB := b.EncodeContent(weights.B, fakeB)", "againA, againB := b.EncodeContent(weights.A, fakeB)", networks},
	{"runtime/net/loss.go", `l.add(g, "recon_s_b", l1(g, b.EncodeStyle(weights.B, fakeB), s.B), w.ReconS)`, `l.add(g, "recon_s_b", l1(g, b.EncodeStyle(weights.B, fakeB), s.B), w.ReconC)`, networks},
	{"runtime/net/loss.go", "if weight != 1 {", "if weight > 1 {", networks},
	{"runtime/net/loss.go", "g.Scale(logits, -1)", "g.Scale(logits, -2)", networks},
	{"runtime/net/loss.go", "g.Constant(1, logits.Shape...)", "g.Constant(0.9, logits.Shape...)", networks},
	{"runtime/net/loss.go", "decode(weights.A, againA, styleA)", "decode(weights.A, againA, s.A)", networks},
	{"runtime/net/loss.go", `l.add(g, "vgg_b", b.perceptual(fakeB, x.A), w.VGG)`, `l.add(g, "vgg_b", b.perceptual(fakeB, x.B), w.VGG)`, []suite{ofNet, ofNetworks, ofTraining}},

	// Networks.
	{"runtime/net/net.go", "const eps = 1e-5", "const eps = 1e-4", networks},
	{"runtime/net/net.go", "x = b.Graph.AveragePool(x, 3, 2, 1)", "x = b.Graph.AveragePool(x, 2, 2, 0)", networks},
	{"runtime/net/sequence.go", "const tensorFlowEps = 1e-12", "const tensorFlowEps = 1e-3", networks},
	{"runtime/net/sequence.go", "s.at += 2 * l.Out", "s.at += l.Out", networks},
	{"runtime/net/sequence.go", "bias, weight := s.Slice(s.style, s.at, l.Out), s.Slice(s.style, s.at+l.Out, l.Out)", "weight, bias := s.Slice(s.style, s.at, l.Out), s.Slice(s.style, s.at+l.Out, l.Out)", networks},
	{"runtime/net/sequence.go", "l.Stride, l.Pad, l.OutputPad)", "l.Stride, l.Pad, 0)", kin},
	{"runtime/net/vgg.go", "graph.ConvAttrs{Stride: 1, Pad: 1})\n\t\tx = g.Activate", "graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReplicate})\n\t\tx = g.Activate", []suite{ofNet, ofTraining}},
	{"runtime/net/vgg.go", "return g.Add(b, g.Activate(graph.ActRelu, g.Sub(a, b)))", "return g.Add(a, g.Activate(graph.ActRelu, g.Sub(a, b)))", []suite{ofNet, ofTraining}},

	// Training.
	{"runtime/train/network.go", "return math.Sqrt(2 / float64(fanIn))", "return math.Sqrt(1 / float64(fanIn))", training},
	{"runtime/train/network.go", "return math.Sqrt2 * math.Sqrt(2/float64(fanIn+fanOut))", "return math.Sqrt(2/float64(fanIn+fanOut))", training},
	{"runtime/train/network.go", "fanOut := shape[0] * graph.Shape(shape[2:]).Elems()", "fanOut := shape[0]", training},
	{"runtime/train/network.go", "values[i] = r.Float32()", "values[i] = 1", training},
	{"runtime/train/network.go", "values[i] = 0.25", "values[i] = 0.2", training},
	{"runtime/train/network.go", "return 0.02", "return 0.01", training},
	{"runtime/train/network.go", "rand.New(rand.NewPCG(in.seed, h.Sum64()))", "rand.New(rand.NewPCG(0, h.Sum64()))", training},
	{"runtime/train/trainer.go", "return min(t.config.EMA, (1+n)/(10+n))", "return min(t.config.EMA, (1+n)/(1000+n))", training},
	{"runtime/train/network.go", "return initial{c.Init, c.DisInit, c.InitShared, seed}", "return initial{c.DisInit, c.Init, c.InitShared, seed}", training},
	{"runtime/train/trainer.go", "const adamEps = 1e-8", "const adamEps = 1e-4", training},
	{"runtime/train/trainer.go", "t.config.Rate(t.iteration)", "t.config.Rate(t.iteration+1)", training},
	{"runtime/train/trainer.go", "t.config.DisRate(t.iteration)", "t.config.Rate(t.iteration)", training},
	{"runtime/train/trainer.go", "Decay: t.config.WeightDecay, Step: t.iteration + 1", "Decay: t.config.WeightDecay, Step: t.iteration + 2", training},
	{"runtime/train/trainer.go", "b.GenStyles, terms)", "b.DisStyles, terms)", training},
	{"runtime/train/trainer.go", "if !finite(l.Value) {", "if l.Value != l.Value {", training},
	{"runtime/train/update.go", "VGG: float32(c.VGGW), ReconXCyc: float32(c.ReconXCycW)", "VGG: float32(c.VGGW), ReconXCyc: float32(c.ReconXW)", training},
	{"runtime/train/update.go", "KL: float32(c.ReconKLW), KLCyc: float32(c.ReconKLCycW)", "KL: float32(c.ReconKLCycW), KLCyc: float32(c.ReconKLW)", training},
	{"runtime/train/random.go", "b.GenStyles[d] = normal(seed, k+2+uint64(d), n[d])", "b.GenStyles[d] = normal(seed, k+uint64(d), n[d])", training},
	{"runtime/train/random.go", "k := uint64(it) * styleDraws", "k := uint64(it)", training},
	{"runtime/train/random.go", "float32(r.NormFloat64())", "r.Float32()", training},
	{"runtime/train/prepare.go", "if !r.trainer.method.Paired() {", "if r.trainer.method.Paired() {", training},
	{"runtime/train/prepare.go", "r.Seed = last.Seed", "_ = last.Seed", training},
	{"runtime/train/prepare.go", "filepath.Base(a) != filepath.Base(b)", "filepath.Base(a) == filepath.Base(b)", training},
	{"runtime/train/start.go", "return s.model.Float32s(name, shape)", "return s.initial.Float32s(name, shape)", training},
	{"runtime/train/sheet.go", "s.in = append(s.in, weight.Average)", "s.in = append(s.in, weight.Weight)", training},
	{"runtime/train/checkpoint.go", "if prefix == averagePrefix && c.Tensors[prefix+k.Name] == nil {", "if false {", training},
	{"runtime/train/checkpoint.go", "t := c.Tensors[averagePrefix+k.Name]", "t := c.Tensors[k.Name]", training},
	{"runtime/train/checkpoint.go", "paths[:max(0, len(paths)-keep)]", "paths[:max(0, len(paths)-keep-1)]", training},
	{"runtime/train/checkpoint.go", "t.iteration = c.Iteration", "t.iteration = c.Iteration - 1", training},
	{"runtime/train/log.go", "row.iteration > iteration ||", "row.iteration > iteration+1 ||", training},
	{"runtime/train/log.go", "l.before + time.Since(l.began).Seconds()", "time.Since(l.began).Seconds()", training},
	{"runtime/train/run.go", "r.log.add(it, c.Rate(it-1), losses)", "r.log.add(it, c.Rate(it), losses)", training},
	{"runtime/train/vgg.go", "values[i] = 0.5 / imageNetDeviation[i]", "values[i] = 1 / imageNetDeviation[i]", training},
	{"runtime/train/vgg.go", "(0.5 - imageNetMean[i]) / imageNetDeviation[i]", "(0.5 + imageNetMean[i]) / imageNetDeviation[i]", training},

	// Pictures.
	{"runtime/train/data/sample.go", "r.IntN(2) == 1", "r.IntN(2) == 2", pictures},
	{"runtime/train/data/sample.go", "r.IntN(b.Dx()-o.Width+1), r.IntN(b.Dy()-o.Height+1)", "r.IntN(b.Dx()-o.Width+1), 0", pictures},
	{"runtime/train/data/sample.go", "r.IntN(b.Dx()-o.Width+1), r.IntN(b.Dy()-o.Height+1)", "r.IntN(max(1, b.Dx()-o.Width)), r.IntN(b.Dy()-o.Height+1)", pictures},
	{"runtime/train/data/sample.go", "(b.Dx()-o.Width)/2, (b.Dy()-o.Height)/2", "0, (b.Dy()-o.Height)/2", pictures},
	{"runtime/train/data/sample.go", "return (least*short + n - 1) / n", "return least * short / n", pictures},
	{"runtime/train/data/feed.go", "rand.NewPCG(f.options.Seed, uint64(round))", "rand.NewPCG(f.options.Seed, uint64(round/2))", pictures},
	{"runtime/train/data/feed.go", "rand.NewPCG(f.options.Seed^augmentation, uint64(n))", "rand.NewPCG(f.options.Seed^augmentation, uint64(round))", pictures},
	{"runtime/train/data/feed.go", "order[(at+i)%len(order)]", "order[(2*at+i)%len(order)]", pictures},
	{"runtime/train/data/feed.go", "for draw := from * batch; ; draw++ {", "for draw := from; ; draw++ {", pictures},

	// Graphs: gradients, what is fused, memory, Adam, bounds.
	{"runtime/graph/op_conv_transpose.go", "n.Shape, ConvAttrs{Stride: n.Stride, Pad: n.Pad})", "n.Shape, ConvAttrs{Stride: n.Stride, Pad: n.Pad + 1})", graphs},
	{"runtime/graph/op_conv_transpose.go", "y = g.Affine(y, g.Constant(1, n.Shape[1]), in[2])", "y = g.Affine(y, g.Constant(2, n.Shape[1]), in[2])", graphs},
	{"runtime/graph/op_shape.go", "at += x.Shape[1:].Elems()", "at += x.Shape[2:].Elems()", graphs},
	{"runtime/graph/op_conv_transpose.go", "return (n-1)*stride - 2*pad + w.Shape[2] + outputPad", "return (n-1)*stride - 2*pad + w.Shape[2]", graphs},
	{"runtime/graph/op_conv_transpose.go", "Attrs{Stride: a.Stride, Pad: a.Pad}, dy, x)", "Attrs{Stride: a.Stride, Pad: a.Pad}, x, dy)", graphs},
	{"runtime/graph/op_shape.go", "size, start := x.Shape[1:].Elems(), at", "size, start := x.Shape[1:].Elems(), 0", graphs},
	{"runtime/graph/op_elementwise.go", "d.to(n.Inputs[1], func() *Node { return d.Scale(dy, -1) })", "d.to(n.Inputs[1], func() *Node { return dy })", graphs},
	{"runtime/graph/gradient.go", "part = d.Add(sum, part)", "part = d.Add(part, part)", graphs},
	{"runtime/graph/op_resize.go", "const pixels = 4", "const pixels = 2", graphs},
	{"runtime/graph/op_elementwise.go", "d.to(b, func() *Node { return d.Mul(dy, a) })", "d.to(b, func() *Node { return d.Mul(dy, b) })", graphs},
	{"runtime/graph/op_matrix.go", "d.Pad(dy, n.Start, x.Shape[1])", "d.Pad(dy, 0, x.Shape[1])", graphs},
	{"runtime/graph/op_matrix.go", "d.Slice(dy, n.Start, x.Shape[1])", "d.Slice(dy, 0, x.Shape[1])", graphs},
	{"runtime/graph/op_conv_grad.go", "a.Stride == 1 && a.Mode == PadZero && a.Pad < taps", "a.Stride == 1 && a.Pad < taps", graphs},
	{"runtime/graph/op_conv.go", "key := flip{n.Inputs[1], n.Stride}", "key := flip{n.Inputs[1], 1}", graphs},
	{"runtime/graph/op_resize.go", "if n.Op == OpGlobalAveragePool {", "if n.Op != OpGlobalAveragePool {", graphs},
	{"runtime/graph/op_elementwise.go", "below := d.Sub(dy, above)", "below := dy", graphs},
	{"runtime/graph/op_norm.go", "if norm.Op == OpLayerNorm {", "if norm.Op != OpLayerNorm {", graphs},
	{"runtime/graph/adam.go", "Rate:  float32(a.Rate / (1 - math.Pow(a.Beta1, t)))", "Rate:  float32(a.Rate / (1 - math.Pow(a.Beta2, t)))", graphs},
	{"runtime/graph/adam.go", "Fresh: float32(1 - a.Average)", "Fresh: float32(a.Average)", graphs},
	{"runtime/graph/fuse.go", "p.Affine == nil && p.Act == ActNone && !p.Residual", "p.Affine == nil && !p.Residual", graphs},
	{"runtime/graph/fuse.go", "if f.uses[in.ID] != 1 {", "if f.uses[in.ID] < 1 {", graphs},
	{"runtime/graph/fuse.go", "p.Op == OpConv) && p.Act == ActNone && !p.Residual", "p.Op == OpConv) && p.Act == ActNone", graphs},
	{"runtime/graph/fuse.go", "scale.ID < p.ID && shift.ID < p.ID", "scale.ID < p.ID", graphs},
	{"runtime/graph/fuse.go", "isNorm(p) && !p.Residual && other.ID < p.ID", "isNorm(p) && other.ID < p.ID", graphs},
	{"runtime/graph/fuse.go", "for _, n := range g.outputs {\n\t\tf.uses[n.ID]++", "for _, n := range g.outputs[:0] {\n\t\tf.uses[n.ID]++", graphs},
	{"runtime/graph/op_conv_grad.go", "const pixels = 4 // that one became", "const pixels = 2 // that one became", graphs},
	{"runtime/graph/op_conv.go", "&& !d.asked[x] &&", "&&", graphs},
	{"runtime/graph/gradient.go", "n.Differentiated = true", "n.Differentiated = false", trainings},
	{"runtime/lowering/conv.go", "n.Differentiated && !Fixed(n.Inputs[1])", "!Fixed(n.Inputs[1])", trainings},
	{"runtime/lowering/conv.go", "!Trained(n) || image[2]*image[3] >= kinkPixels", "image[2]*image[3] >= kinkPixels", trainings},
	{"runtime/lowering/conv.go", "WinogradPays(n) && mayRound(n, n.Shape)", "WinogradPays(n) && Fixed(n.Inputs[1])", trainings},
	{"runtime/lowering/weights.go", "values[n.Start*n.Shape[1:].Elems():]", "values[n.Start:]", []suite{{"./runtime/optest", "-run=TestTeamTable"}}},
	{"runtime/graph/plan.go", "return o.ID <= last[n.ID] && n.ID <= last[o.ID]", "return o.ID < last[n.ID] && n.ID < last[o.ID]", graphs},
	{"runtime/graph/plan.go", "change[last[n.ID]+1] -= n.Shape.Elems()", "change[last[n.ID]] -= n.Shape.Elems()", graphs},
	{"runtime/graph/plan.go", "return cmp.Compare(b.Shape.Elems(), a.Shape.Elems())", "return cmp.Compare(a.Shape.Elems(), b.Shape.Elems())", graphs},
	{"runtime/graph/op_conv.go", "a.Pad < min(x.Shape[2], x.Shape[3])", "a.Pad <= min(x.Shape[2], x.Shape[3])", graphs},
	{"runtime/graph/op_conv.go", "return 2 * int64(n.Shape.Elems()) * int64(n.Inputs[1].Shape[1:].Elems())", "return int64(n.Shape.Elems()) * int64(n.Inputs[1].Shape[1:].Elems())", graphs},
	{"runtime/graph/op_conv.go", "in(0)*w.Row", "in(0)*w.Abs", bounds},
	{"runtime/graph/op_norm.go", "return in(0)*in(1) + in(2)", "return in(0) + in(2)", bounds},
	{"runtime/graph/activation.go", "return SeluScale * max(x, SeluAlpha)", "return x", bounds},
	{"runtime/graph/bounds.go", "r.Row = max(r.Row, sum)", "r.Row = sum", bounds},
	{"runtime/graph/op_norm.go", "count * (2 * in(0)) * (2 * in(0))", "count * in(0)", bounds},

	// Model files and configs.
	{"weights/quantise.go", "h&0x7fff == 0x7c00", "h == 0x7c00", models},
	{"weights/quantise.go", "byte(v) & 15 << ((from + i) % 2 * 4)", "byte(v) << ((from + i) % 2 * 4)", models},
	{"weights/quantise.go", "math.RoundToEven(float64(v * inverse))", "math.Trunc(float64(v * inverse))", models},
	{"weights/quantise.go", "if e := r.quantise(values, q, scale); e < bestErr {", "if e := r.quantise(values, q, scale); e > bestErr || held && bestErr > 1e300 {", models},
	{"weights/quantise.go", "if abs(v) > abs(peak) {", "if v > peak {", models},
	{"weights/quantise.go", "try(float32(num / den))", "_ = float32(num / den)", models},
	{"weights/quantise.go", "if v-v != 0 { // NaN or infinite", "if v != v { // NaN or infinite", models},
	{"weights/tensor.go", "scale[i/GroupSize]", "scale[0]", models},
	{"weights/tensor.go", "nibble := data[i/2] >> (i % 2 * 4)", "nibble := data[i/2] >> ((i + 1) % 2 * 4)", models},
	{"weights/munit.go", "if i < 2 {", "if i < 3 {", models},
	{"weights/munit.go", "kernel, stride, pad = 4, 2, 1\n\t}\n\ts.plain", "kernel, stride, pad = 3, 2, 1\n\t}\n\ts.plain", models},
	{"weights/munit.go", "pad: c.Dis.PadType}", "pad: c.Gen.PadType}", networks},
	{"weights/munit.go", "s.activate(block+\".activation\", c.Dis.Activ)", "s.activate(block+\".activation\", c.Gen.Activ)", networks},
	{"weights/layer.go", `case l.Op == Activate && l.Kind == "prelu":`, `case l.Op == Activate && l.Kind != "prelu":`, models},
	{"weights/layer.go", "case l.Op == Norm && l.Kind == InstanceNormAffine:", "case l.Op == Norm && l.Kind == LayerNorm:", models},
	{"weights/kin.go", "s.joinStyle(1)", "s.joinStyle(0)", networks},
	{"weights/kin.go", "s.plain(AddNoise)", "_ = s", []suite{noise}},
	{"runtime/range.go", "math.Float32bits(style[0])", "len(style)", []suite{noise}},
	{"runtime/net/net.go", "content = b.encode(d.From(), content, style)", "content = b.encode(d.From(), content, nil)", []suite{noise}},
	{"weights/kin.go", "if (d == A) != (p == EncContent) {", "if d == A {", networks},
	{"weights/junyanz.go", "first, second = 0, 3", "first, second = 0, 4", kin},
	{"weights/junyanz.go", "if g.Dropout {", "if !g.Dropout {", kin},
	{"weights/junyanz.go", `Pad: 1, PadType: "zero"}`, `Pad: 1, PadType: "reflect"}`, kin},
	{"weights/junyanz.go", "Out: c.InputDim(d.From().To())", "Out: c.InputDim(d)", kin},
	{"weights/junyanz/fold.go", "at = in*l.Out + o", "at = o*l.In + in", kin},
	{"weights/junyanz/fold.go", "math.Sqrt(float64(variance[o])+eps)", "math.Sqrt(float64(variance[o]))", kin},
	{"weights/junyanz/fold.go", "float64(beta[o]) - float64(mean[o])*gain", "float64(beta[o]) - float64(mean[o])", kin},
	{"weights/junyanz/recognise.go", "c.InputDimA, c.InputDimB = f.b.out, f.b.in", "c.InputDimA, c.InputDimB = f.b.in, f.b.out", kin},
	{"weights/junyanz/recognise.go", "second.Shape[1] - n.gen.Dim", "second.Shape[1] - n.gen.Dim - 1", kin},
	{"weights/unet.go", "inner := c.Gen.Dim << min(level, 3)", "inner := c.Gen.Dim << min(level, 2)", kin},
	{"weights/unet.go", "1, last || c.Gen.EncNorm", "1, c.Gen.EncNorm", kin},
	{"weights/unet.go", "shortcut.add(Layer{Op: AveragePool, Kernel: 2, Stride: 2})", "shortcut.add(Layer{Op: AveragePool, Kernel: 1, Stride: 2})", kin},
	{"runtime/net/sequence.go", "return s.Concat(h, s.repeat(x, h.Shape[0]))", "return s.Concat(s.repeat(x, h.Shape[0]), h)", kin},
	{"weights/config.go", "return c.Gen.NRes * 2 * 2 * c.ContentDim()", "return c.Gen.NRes * 2 * c.ContentDim()", models},
	{"weights/config.go", "if v < low || v > high {", "if v < low || v >= high {", models},
	{"weights/config.go", "case c.NewSize != 0:", "case c.NewSize == 0:", models},
	{"weights/config.go", "if total > maxModelValues {", "if total < 0 {", models},
	{"weights/float16/float16.go", "b += 0xfff + b>>13&1", "b += 0x1000", halves},
	{"weights/float16/float16.go", "case b >= 0x477ff000:", "case b >= 0x477fe000:", halves},
	{"weights/float16/float16.go", "case b < 0x38800000:", "case b < 0x38000000:", halves},
	{"weights/formula/formula.go", "math.Sqrt(6/float64(n/shape[0]))", "math.Sqrt(3/float64(n/shape[0]))", formulas},
	{"weights/nvlabs/training.go", "math.Pow(t.Gamma, float64(it/t.StepSize))", "math.Pow(t.Gamma, float64((it+1)/t.StepSize))", schedules},
	{"weights/nvlabs/training.go", "own.LR = t.DisLR", "own.LR = t.LR", schedules},
	{"weights/nvlabs/training.go", `if t.LRPolicy == "constant" {`, `if t.LRPolicy != "constant" {`, schedules},
	{"weights/nvlabs/training.go", `t.EMA, t.DisInit = 0.999, "gaussian"`, `t.EMA, t.DisInit = 0.99, "gaussian"`, configs},
	{"weights/nvlabs/training.go", "t.ReconKLW, t.ReconKLCycW = 0.01, 0.01", "t.ReconKLW, t.ReconKLCycW = 0.01, 0.1", configs},
	{"weights/nvlabs/training.go", "if !(v >= low && v <= high) {", "if v < low || v > high {", configs},
	{"weights/nvlabs/training.go", "h%multiple != 0 || w%multiple != 0", "h%multiple != 0", configs},
	{"weights/nvlabs/training.go", "size > 0 && size < min(h, w)", "size > 0 && size < max(h, w)", configs},
	{"weights/nvlabs/training.go", "multiple := 1 << t.Model.Gen.NDownsample", "multiple := 1", configs},
	{"weights/nvlabs/changes.go", `(c.Old == "0") != (c.New == "0")`, `c.Old != c.New`, []suite{ofNVlabs, ofTraining}},
	{"weights/nvlabs/changes.go", `|| c.Key == "trainer"`, ``, []suite{ofNVlabs, ofTraining}},
	{"weights/pytorch/values.go", "int64(d)-1 > (room-reach)/t.stride[i]", "int64(d) > (room-reach)/t.stride[i]", configs},
	{"weights/pytorch/values.go", "length > numel-begin", "length > numel", configs},
	{"weights/pytorch/statedict.go", "if s[plain] == nil || plain == key {", "if s[plain] == nil {", configs},
}
