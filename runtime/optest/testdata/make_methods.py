"""Makes the golden vectors of UNIT, CycleGAN, CycleGAN with noise, BicycleGAN and of MUNIT with a perceptual loss beside this file: whole training
iterations in float64.

    apt-get install -y --no-install-recommends python3-torch
    /usr/bin/python3 runtime/optest/testdata/make_methods.py

It imports nothing of webmunit, and its gradients and Adam are PyTorch's. Losses are written from the papers (Liu et al. 2017, Zhu et al. 2017a and b),
with the simplifications that runtime/net names.
"""
import json
import os
import sys
import struct

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))


class Set:
    """One set of golden vectors: what of its config the networks need."""

    def __init__(self, name, trainer, **changes):
        self.name, self.trainer = name, trainer
        self.batch, self.height, self.width, self.iterations = 2, 24, 16, 3
        self.top = dict(weight_decay=0.001, beta1=0.5, beta2=0.99, lr=0.0005, lr_policy="step", step_size=2, gamma=0.5,
                        gan_w=0.75, recon_x_w=6, recon_s_w=1.5, recon_c_w=1, recon_x_cyc_w=8, recon_kl_w=0.3, recon_kl_cyc_w=0.2, vgg_w=0,
                        input_dim_a=3, input_dim_b=1, lambda_identity=None, pool_size=None, learn_logvar=None, use_same_D=None)
        self.gen = dict(dim=2, mlp_dim=6, style_dim=3, activ="relu", n_downsample=1, n_res=1, pad_type="reflect")
        self.dis = dict(dim=2, norm="none", activ="lrelu", n_layer=2, gan_type="lsgan", num_scales=2, pad_type="reflect")
        for key, value in changes.items():
            section = self.dis if key.startswith("dis_") else next(s for s in (self.gen, self.top, vars(self)) if key in s)
            section[key.removeprefix("dis_")] = value

    def yaml(self):
        lines = [f"trainer: {self.trainer}", "max_iter: 1000", f"batch_size: {self.batch}", "init: kaiming"]
        lines += [f"{k}: {str(v).lower() if isinstance(v, bool) else v}" for k, v in self.top.items() if v is not None]
        for section in ("gen", "dis"):
            lines += [section + ":"] + [f"  {k}: {v}" for k, v in getattr(self, section).items()]
        lines += [f"new_size: {self.width}", f"crop_image_height: {self.height}", f"crop_image_width: {self.width}"]
        return "\n".join(lines) + "\n"


# Numbers by name, as weights/formula has them: splitmix64 from the name's FNV-1a hash, top 24 bits.

def uniform(name, *shape):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    n = int(np.prod(shape))
    z = np.uint64(h) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float32) / np.float32(2**24) * 2 - 1).reshape(shape)


def float64(values):
    return torch.from_numpy(values.astype(np.float32).astype(np.float64))


def picture(name, *shape):
    """Waves of two periods and a little noise, in [-1, 1]."""
    n, c, h, w = shape
    phase = 3 * uniform(name + "/phase", n, c, 1, 1)
    y, x = np.linspace(0, 1, h)[:, None], np.linspace(0, 1, w)[None, :]
    waves = np.sin(5 * x + 7 * y + phase) + np.sin(11 * x * y - 2 * phase)
    return float64(0.45 * waves + 0.1 * uniform(name, *shape))


def normal(name, *shape):
    """Box and Muller's normal numbers."""
    u, v = (uniform(f"{name}/{i}", *shape).astype(np.float64) for i in range(2))
    return float64(np.sqrt(-2 * np.log((u + 1) / 2 + 1e-9)) * np.cos(np.pi * v))


class Network:
    """Weights by name, made at their first use."""

    def __init__(self, prefix):
        self.prefix, self.weights = prefix, {}

    def __call__(self, key, *shape):
        if key not in self.weights:
            u = uniform(f"{self.prefix}/{key}", *shape)
            if key.endswith("norm.gamma"):
                u = (u + np.float32(1)) * np.float32(0.5)
            elif len(shape) > 1:
                u = u * np.float32(np.sqrt(6 / (u.size / shape[0])))
            else:
                u = u * np.float32(0.1)
            self.weights[key] = float64(u).requires_grad_()
        return self.weights[key]

    def items(self, name):
        return [(f"{name}.{key}", weight) for key, weight in self.weights.items()]

    def conv(self, key, x, width, kernel, stride, pad, mode, bias):
        if pad:
            x = F.pad(x, (pad,) * 4, mode={"reflect": "reflect", "replicate": "replicate", "zero": "constant"}[mode])
        return F.conv2d(x, self(key + ".weight", width, x.shape[1], kernel, kernel), self(key + ".bias", width) if bias else None, stride)


ACTIVATIONS = {"relu": F.relu, "lrelu": lambda x: F.leaky_relu(x, 0.2), "selu": F.selu, "tanh": torch.tanh}


class Domain:
    """A domain's generator and discriminator."""

    def __init__(self, s, letter, channels):
        self.gen, self.dis = (Network(f"golden/{s.name}/{kind}_{letter}") for kind in ("gen", "dis"))
        self.dis2 = Network(f"golden/{s.name}/dis_{letter}2")
        self.s, self.channels = s, channels

    def content(self, x):
        g = self.s.gen
        act, mode, width = ACTIVATIONS[g["activ"]], g["pad_type"], g["dim"]
        x = act(F.instance_norm(self.gen.conv("enc_content.model.0.conv", x, width, 7, 1, 3, mode, False)))
        for i in range(1, g["n_downsample"] + 1):
            width *= 2
            x = act(F.instance_norm(self.gen.conv(f"enc_content.model.{i}.conv", x, width, 4, 2, 1, mode, False)))
        for r in range(g["n_res"]):
            block = f"enc_content.model.{g['n_downsample'] + 1}.model.{r}.model"
            h = act(F.instance_norm(self.gen.conv(block + ".0.conv", x, width, 3, 1, 1, mode, False)))
            x = x + F.instance_norm(self.gen.conv(block + ".1.conv", h, width, 3, 1, 1, mode, False))
        return x

    def style(self, x, logvar=False):
        """The mean, or the mean and the log variance."""
        g = self.s.gen
        act, mode, d = ACTIVATIONS[g["activ"]], g["pad_type"], g["dim"]
        x = act(self.gen.conv("enc_style.model.0.conv", x, d, 7, 1, 3, mode, True))
        for i, width in enumerate((2 * d, 4 * d, 4 * d, 4 * d), 1):
            x = act(self.gen.conv(f"enc_style.model.{i}.conv", x, width, 4, 2, 1, mode, True))
        pooled = x.mean((2, 3), keepdim=True)
        mean, *rest = (self.gen.conv(key, pooled, g["style_dim"], 1, 1, 0, mode, True).flatten(1) for key in ["enc_style.model.6", "enc_style.logvar"][: 1 + logvar])
        return (mean, *rest) if logvar else mean

    def decode(self, x, style=None):
        """Without a style the norms of the residual blocks are plain."""
        g = self.s.gen
        act, mode, width = ACTIVATIONS[g["activ"]], g["pad_type"], x.shape[1]
        rows = None
        if style is not None:
            sizes = [g["mlp_dim"], g["mlp_dim"], 4 * g["n_res"] * width]
            for i, size in enumerate(sizes):
                style = F.linear(style, self.gen(f"mlp.model.{i}.fc.weight", size, style.shape[1]), self.gen(f"mlp.model.{i}.fc.bias", size))
                style = act(style) if i < 2 else style
            rows = iter(style.view(len(x), -1, width, 1, 1).unbind(1))

        def norm(h):
            h = F.instance_norm(h)
            if rows is None:
                return h
            bias = next(rows)
            return h * next(rows) + bias
        for r in range(g["n_res"]):
            block = f"dec.model.0.model.{r}.model"
            h = act(norm(self.gen.conv(block + ".0.conv", x, width, 3, 1, 1, mode, False)))
            x = x + norm(self.gen.conv(block + ".1.conv", h, width, 3, 1, 1, mode, False))
        for u in range(g["n_downsample"]):
            width //= 2
            block = f"dec.model.{2 * u + 2}"
            x = self.gen.conv(block + ".conv", F.interpolate(x, scale_factor=2, mode="nearest"), width, 5, 1, 2, mode, True)
            x = (x - x.mean((1, 2, 3), keepdim=True)) / (x.std((1, 2, 3), unbiased=True, keepdim=True) + 1e-5)
            gamma, beta = (self.gen(f"{block}.norm.{part}", width).view(1, -1, 1, 1) for part in ("gamma", "beta"))
            x = act(x * gamma + beta)
        return torch.tanh(self.gen.conv(f"dec.model.{2 * g['n_downsample'] + 1}.conv", x, self.channels, 7, 1, 3, mode, True))

    def call(self, x, real, judge=None):
        """How far the discriminator is from calling x real, or fake: the sum over scales."""
        d, total, judge = self.s.dis, 0, judge or self.dis
        for scale in range(d["num_scales"]):
            h = x
            for i in range(d["n_layer"]):
                h = ACTIVATIONS[d["activ"]](judge.conv(f"cnns.{scale}.{i}.conv", h, d["dim"] << i, 4, 2, 1, d["pad_type"], True))
            h = judge.conv(f"cnns.{scale}.{d['n_layer']}", h, 1, 1, 1, 0, d["pad_type"], True)
            target = torch.full_like(h, float(real))
            total = total + (F.mse_loss if d["gan_type"] == "lsgan" else F.binary_cross_entropy_with_logits)(h, target)
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
        return total


VGG_WEIGHTS = {}


def vgg(x):
    """relu5_3 of VGG16, instance-normalised, of pictures in [-1, 1]; its weights are random, with the seed "vgg"."""
    x = (x.expand(-1, 3, -1, -1) + 1) / 2
    x = (x - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    layer = 0
    for stage, (width, convs) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))):
        if stage:
            x, layer = F.max_pool2d(x, 2), layer + 1
        for _ in range(convs):
            names = f"vgg/features.{layer}.weight", f"vgg/features.{layer}.bias"
            if names[0] not in VGG_WEIGHTS:
                fan_in = 9 * x.shape[1]
                VGG_WEIGHTS[names[0]] = float64(uniform(names[0], width, x.shape[1], 3, 3) * np.float32(np.sqrt(6 / fan_in)))
                VGG_WEIGHTS[names[1]] = float64(uniform(names[1], width) * np.float32(0.1))
            x, layer = F.relu(F.conv2d(x, VGG_WEIGHTS[names[0]], VGG_WEIGHTS[names[1]], padding=1)), layer + 2
    return F.instance_norm(x)


class Munit:
    """Huang et al. 2018 with the perceptual loss of its section 5.1."""

    def noise(self, s, letter):
        return s.batch, s.gen["style_dim"]

    def generators(self, s, a, b, x, n):
        w = s.top
        both = (("a", a, b, x[0], n[0]), ("b", b, a, x[1], n[1]))
        content, style = {k: d.content(p) for k, d, _, p, _ in both}, {k: d.style(p) for k, d, _, p, _ in both}
        fake = {"a": a.decode(content["b"], n[0]), "b": b.decode(content["a"], n[1])}
        again = {"a": b.content(fake["b"]), "b": a.content(fake["a"])}  # of the picture of a, of b
        original = {"a": x[1], "b": x[0]}
        terms = {}
        for k, d, _, p, random in both:
            terms["recon_x_" + k] = (l1(d.decode(content[k], style[k]), p), w["recon_x_w"])
            terms["recon_s_" + k] = (l1(d.style(fake[k]), random), w["recon_s_w"])
            terms["recon_c_" + k] = (l1(again[k], content[k]), w["recon_c_w"])
            terms["adv_" + k] = (d.call(fake[k], True), w["gan_w"])
            terms["cyc_x_" + k] = (l1(d.decode(again[k], style[k]), p), w["recon_x_cyc_w"])
            terms["vgg_" + k] = ((vgg(fake[k]) - vgg(original[k])).square().mean(), w["vgg_w"])
        return terms

    def discriminators(self, s, a, b, x, n):
        fake_a, fake_b = a.decode(b.content(x[1]), n[0]), b.decode(a.content(x[0]), n[1])
        w = s.top["gan_w"]
        return {"dis_a": (a.call(x[0], True) + a.call(fake_a, False), w), "dis_b": (b.call(x[1], True) + b.call(fake_b, False), w)}


def l1(x, y):
    return (x - y).abs().mean()


class Cyclic:
    """There and back. UNIT's code has noise of variance 1 added; with a map of noise, that is a channel more of the picture."""

    def __init__(self, kind):
        self.kind, self.store, self.came = kind, ([], []), [0, 0]

    def noise(self, s, letter):
        if self.kind == "latent":
            return s.batch, s.gen["dim"] << s.gen["n_downsample"], s.height >> s.gen["n_downsample"], s.width >> s.gen["n_downsample"]
        return (s.batch, 1, s.height, s.width) if self.kind == "map" else None

    def code(self, domain, x, n):
        """The code, and what a decoder is given of it."""
        c = domain.content(torch.cat([x, n], 1) if self.kind == "map" else x)
        return c, c + n if self.kind == "latent" else c

    def pooled(self, s, domain, fakes):
        """Zhu et al. 2017a, section 4: the store is filled, then a fair coin says whether a picture and a stored one change places."""
        store, out = self.store[domain], []
        for fake in fakes:
            k, self.came[domain] = self.came[domain], self.came[domain] + 1
            if len(store) < s.top["pool_size"]:
                store.append(fake)
            else:
                random = PCG(0x9001 + domain * 0xA5A5_0001_0000_0000, k)
                if random() > 0.5:
                    at = int(random() * len(store))
                    store[at], fake = fake, store[at]
            out.append(fake)
        return torch.stack(out)

    def generators(self, s, a, b, x, n):
        w, terms = s.top, {}
        for (me, other), (letter, to), picture, (own, back) in (((a, b), "ab", x[0], n), ((b, a), "ba", x[1], n[::-1])):
            mean, code = self.code(me, picture, own)
            fake = other.decode(code)
            mean_again, code_again = self.code(other, fake, back)
            terms["adv_" + to] = (other.call(fake, True), w["gan_w"])
            terms["cyc_x_" + letter] = (l1(me.decode(code_again), picture), w["recon_x_cyc_w"])
            if w["lambda_identity"]:  # section 5.2: this generator, given what it should make, is to leave it
                target = x[1] if letter == "a" else x[0]
                terms["idt_" + to] = (l1(other.decode(self.code(me, target, None)[1]), target), w["recon_x_cyc_w"] * w["lambda_identity"])
            if self.kind == "latent":
                terms["recon_x_" + letter] = (l1(me.decode(code), picture), w["recon_x_w"])
                terms["kl_" + letter] = (mean.square().mean(), w["recon_kl_w"])
                terms["kl_cyc_" + letter] = (mean_again.square().mean(), w["recon_kl_cyc_w"])
        return terms

    def discriminators(self, s, a, b, x, n):
        fake_a, fake_b = a.decode(self.code(b, x[1], n[1])[1]), b.decode(self.code(a, x[0], n[0])[1])
        if s.top["pool_size"]:
            fake_a, fake_b = (self.pooled(s, i, fake.detach()) for i, fake in enumerate((fake_a, fake_b)))
        w = s.top["gan_w"]
        return {"dis_a": (a.call(x[0], True) + a.call(fake_a, False), w), "dis_b": (b.call(x[1], True) + b.call(fake_b, False), w)}


class PCG:
    """PCG-DXSM with 128 bits of state (O'Neill 2014), as Go's math/rand/v2 has it; a call is a number in [0, 1)."""

    def __init__(self, high, low):
        self.state = (high % 2**64) << 64 | low % 2**64

    def __call__(self):
        self.state = (self.state * (2549297995355413924 << 64 | 4865540595714422341) + (6364136223846793005 << 64 | 1442695040888963407)) % 2**128
        high, low = self.state >> 64, self.state % 2**64
        high ^= high >> 32
        high = high * 0xDA942042E4DD58B5 % 2**64
        high ^= high >> 48
        high = high * (low | 1) % 2**64
        return high % 2**53 / 2**53


class Bicycle:
    """From a to b: in the style of the true picture, with noise, and in a random style. Noise of a is that, noise of b the random style.
    learn_logvar: the noise has the variance that the encoder finds, otherwise 1. Without use_same_D random styles have a discriminator of their own."""

    def noise(self, s, letter):
        return s.batch, s.gen["style_dim"]

    def fakes(self, s, a, b, x, n):
        content = a.content(x[0])
        if s.top["learn_logvar"]:
            mean, logvar = b.style(x[1], True)
            kl = (mean.square() + logvar.exp() - logvar - 1).mean()
            return kl, b.decode(content, mean + (logvar / 2).exp() * n[0]), b.decode(content, n[1])
        mean = b.style(x[1])
        return mean.square().mean(), b.decode(content, mean + n[0]), b.decode(content, n[1])

    def second(self, s, b):
        return b.dis2 if s.top["use_same_D"] is False else b.dis

    def generators(self, s, a, b, x, n):
        w = s.top
        kl, own, random = self.fakes(s, a, b, x, n)
        return {"recon_x_b": (l1(own, x[1]), w["recon_x_w"]), "recon_s_b": (l1(b.style(random), n[1]), w["recon_s_w"]),
                "kl_b": (kl, w["recon_kl_w"]), "adv_b": (b.call(own, True) + b.call(random, True, self.second(s, b)), w["gan_w"])}

    def discriminators(self, s, a, b, x, n):
        _, own, random = self.fakes(s, a, b, x, n)
        w, second = s.top["gan_w"], self.second(s, b)
        if second is b.dis:
            return {"dis_b": (b.call(x[1], True) + (b.call(own, False) + b.call(random, False)) / 2, w)}
        return {"dis_b": (b.call(x[1], True) + b.call(own, False), w), "dis_b2": (b.call(x[1], True, second) + b.call(random, False, second), w)}


def networks(a, b):
    return [(f"{kind}_{letter}{number}", getattr(domain, kind + number)) for letter, domain in zip("ab", (a, b)) for kind, number in (("gen", ""), ("dis", ""), ("dis", "2"))]


def run(s, method):
    """Trains, and gives the vectors and the lines of losses.csv."""
    a, b = Domain(s, "a", s.top["input_dim_a"]), Domain(s, "b", s.top["input_dim_b"])
    vectors, lines, optimisers = {}, [], {}
    for it in range(s.iterations):
        x, line = [], {"it": it}
        for letter, domain in zip("ab", (a, b)):
            name = f"it{it}.x_{letter}"
            x.append(picture(f"{s.name}/{name}", s.batch, domain.channels, s.height, s.width))
            vectors[name] = x[-1]
        for kind, losses in (("dis", method.discriminators), ("gen", method.generators)):
            n = []
            for letter in "ab":
                shape, name = method.noise(s, letter), f"it{it}.{kind}.s_{letter}"
                n.append(normal(f"{s.name}/{name}", *shape) if shape else None)
                if shape:
                    vectors[name] = n[-1]
            terms = losses(s, a, b, x, n)
            total = sum(weight * value for value, weight in terms.values())
            line |= {f"{kind}.{name}": value.item() for name, (value, _) in terms.items()} | {f"{kind}.total": total.item()}
            learn = {name: w for name, network in networks(a, b) if name.startswith(kind) for name, w in network.items(name)}
            if it == 0:
                w = s.top
                optimisers[kind] = torch.optim.Adam(learn.values(), w["lr"], (w["beta1"], w["beta2"]), 1e-8, w["weight_decay"])
            for group in optimisers[kind].param_groups:
                group["lr"] = s.top["lr"] * s.top["gamma"] ** (it // s.top["step_size"])
            for _, network in networks(a, b):
                for weight in network.weights.values():
                    weight.grad = None
            total.backward()
            if it == 0:
                vectors |= {"grad." + name: weight.grad.clone() for name, weight in learn.items()}
            optimisers[kind].step()
        lines.append(line)
    for name, network in networks(a, b):
        vectors |= {"final." + key: w.detach() for key, w in network.items(name)}
    return vectors, lines


def write(s, vectors, lines):
    folder = os.path.join(HERE, s.name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.yaml"), "w") as f:
        f.write(s.yaml())
    with open(os.path.join(folder, "losses.csv"), "w") as f:
        f.write(",".join(lines[0]) + "\n")
        f.writelines(",".join(f"{v:.10g}" for v in line.values()) + "\n" for line in lines)
    header, data = {}, b""
    for name, value in vectors.items():
        raw = value.numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "golden.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


for s, method in (
    (Set("train_unit", "UNIT"), Cyclic("latent")),
    (Set("train_cyclegan", "CycleGAN", activ="lrelu", pad_type="zero", n_downsample=2, batch=1, dis_pad_type="replicate", lr_policy="constant", gamma=1), Cyclic(None)),
    (Set("train_cyclegan_identity", "CycleGAN", input_dim_b=3, lambda_identity=0.5, n_res=2), Cyclic(None)),
    (Set("train_cyclegan_noise", "CycleGANNoise", activ="selu", pad_type="replicate", n_res=2, dis_num_scales=1), Cyclic("map")),
    (Set("train_bicyclegan", "BicycleGAN", dis_gan_type="nsgan"), Bicycle()),
    (Set("train_cyclegan_pool", "CycleGAN", pool_size=3, iterations=5, dis_num_scales=1), Cyclic(None)),
    (Set("train_bicyclegan_own", "BicycleGAN", learn_logvar=True, use_same_D=False, activ="lrelu"), Bicycle()),
    (Set("train_vgg", "MUNIT", vgg_w=2, batch=1, height=32, width=32, iterations=2), Munit()),
):
    if len(sys.argv) == 1 or s.name in sys.argv[1:]:
        write(s, *run(s, method))
