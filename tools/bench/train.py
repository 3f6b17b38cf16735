"""An iteration of MUNIT's training (Huang et al. 2018) in PyTorch, for comparing speed. It imports nothing of webmunit, and computes no more than it must:
the discriminators' update has no gradients of the generators.

stdin: one JSON line {"gen", "dis", "weights", "adam", "seed", "size", "threads", "inputs"}: inputs names a file of float32 for each of x_a, x_b, s_a, s_b;
answered with PyTorch's version. Then a line each of: step (answered with the seconds it took) or output FILE (writes the losses of the first step).
"""


class Side:
    """A domain's generator and discriminator. Weights are made at their first use."""

    def __init__(self, job, domain):
        self.job, self.domain, self.kinds = job, domain, {"gen": {}, "dis": {}}

    def weight(self, kind, key, *shape):
        known = self.kinds[kind]
        if key not in known:
            known[key] = weights(f"{self.job['seed']}/{kind}_{self.domain}/{key}", *shape).requires_grad_()
        return known[key]

    def conv(self, kind, key, x, width, kernel, stride, pad, bias):
        w = self.weight(kind, key + ".weight", width, x.shape[1], kernel, kernel)
        b = self.weight(kind, key + ".bias", width) if bias else None
        return F.conv2d(F.pad(x, (pad,) * 4, mode="reflect") if pad else x, w, b, stride)

    def content(self, x):
        gen = self.job["gen"]
        width = gen["dim"]
        x = F.relu(F.instance_norm(self.conv("gen", "enc_content.model.0.conv", x, width, 7, 1, 3, False)))
        for i in range(1, gen["n_downsample"] + 1):
            width *= 2
            x = F.relu(F.instance_norm(self.conv("gen", f"enc_content.model.{i}.conv", x, width, 4, 2, 1, False)))
        for r in range(gen["n_res"]):
            block = f"enc_content.model.{gen['n_downsample'] + 1}.model.{r}.model"
            h = F.relu(F.instance_norm(self.conv("gen", block + ".0.conv", x, width, 3, 1, 1, False)))
            x = x + F.instance_norm(self.conv("gen", block + ".1.conv", h, width, 3, 1, 1, False))
        return x

    def style(self, x):
        gen = self.job["gen"]
        d = gen["dim"]
        x = F.relu(self.conv("gen", "enc_style.model.0.conv", x, d, 7, 1, 3, True))
        for i, width in enumerate((2 * d, 4 * d, 4 * d, 4 * d), 1):
            x = F.relu(self.conv("gen", f"enc_style.model.{i}.conv", x, width, 4, 2, 1, True))
        return self.conv("gen", "enc_style.model.6", x.mean((2, 3), keepdim=True), gen["style_dim"], 1, 1, 0, True).flatten(1)

    def decode(self, x, style):
        gen, width = self.job["gen"], x.shape[1]
        for i, size in enumerate((gen["mlp_dim"], gen["mlp_dim"], 4 * gen["n_res"] * width)):
            w, b = self.weight("gen", f"mlp.model.{i}.fc.weight", size, style.shape[1]), self.weight("gen", f"mlp.model.{i}.fc.bias", size)
            style = F.linear(style, w, b)
            style = F.relu(style) if i < 2 else style
        rows = iter(style.view(len(x), -1, width, 1, 1).unbind(1))

        def adain(h):
            bias = next(rows)
            return torch.addcmul(bias, F.instance_norm(h), next(rows))
        for r in range(gen["n_res"]):
            block = f"dec.model.0.model.{r}.model"
            h = F.relu(adain(self.conv("gen", block + ".0.conv", x, width, 3, 1, 1, False)))
            x = x + adain(self.conv("gen", block + ".1.conv", h, width, 3, 1, 1, False))
        for u in range(gen["n_downsample"]):
            width //= 2
            block = f"dec.model.{2 * u + 2}"
            x = self.conv("gen", block + ".conv", F.interpolate(x, scale_factor=2, mode="nearest"), width, 5, 1, 2, True)
            x = (x - x.mean((1, 2, 3), keepdim=True)) / (x.std((1, 2, 3), unbiased=True, keepdim=True) + 1e-5)
            gamma, beta = (self.weight("gen", f"{block}.norm.{part}", width).view(1, -1, 1, 1) for part in ("gamma", "beta"))
            x = F.relu(x * gamma + beta)
        return torch.tanh(self.conv("gen", f"dec.model.{2 * gen['n_downsample'] + 1}.conv", x, 3, 7, 1, 3, True))

    def call(self, x, real):
        """LSGAN's loss of calling x real, or fake: the sum over scales."""
        dis, total = self.job["dis"], 0
        for scale in range(dis["num_scales"]):
            h = x
            for i in range(dis["n_layer"]):
                h = F.leaky_relu(self.conv("dis", f"cnns.{scale}.{i}.conv", h, dis["dim"] << i, 4, 2, 1, True), 0.2)
            h = self.conv("dis", f"cnns.{scale}.{dis['n_layer']}", h, 1, 1, 1, 0, True)
            total = total + (h - real).square().mean()
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
        return total


def l1(x, y):
    return (x - y).abs().mean()


def discriminators(sides, x, s):
    with torch.no_grad():
        fakes = sides[0].decode(sides[1].content(x[1]), s[0]), sides[1].decode(sides[0].content(x[0]), s[1])
    return {f"dis_{d.domain}": d.call(real, 1) + d.call(fake, 0) for d, real, fake in zip(sides, x, fakes)}


def generators(sides, x, s):
    terms, content, style = {}, [d.content(p) for d, p in zip(sides, x)], [d.style(p) for d, p in zip(sides, x)]
    fake = [sides[0].decode(content[1], s[0]), sides[1].decode(content[0], s[1])]
    again = [sides[1].content(fake[1]), sides[0].content(fake[0])]
    for i, d in enumerate(sides):
        terms["recon_x_" + d.domain] = l1(d.decode(content[i], style[i]), x[i])
        terms["recon_s_" + d.domain] = l1(d.style(fake[i]), s[i])
        terms["recon_c_" + d.domain] = l1(again[i], content[i])
        terms["adv_" + d.domain] = d.call(fake[i], 1)
        terms["cyc_x_" + d.domain] = l1(d.decode(again[i], style[i]), x[i])
    return terms


def main():
    job = json.loads(sys.stdin.readline())
    torch.set_num_threads(job["threads"])

    def inputs(name, *shape):
        return torch.from_numpy(np.fromfile(job["inputs"][name], np.float32)).view(shape)
    sides = Side(job, "a"), Side(job, "b")
    x = [inputs(name, 1, 3, job["size"], job["size"]) for name in ("x_a", "x_b")]
    s = [inputs(name, 1, job["gen"]["style_dim"]) for name in ("s_a", "s_b")]
    first, adams = {}, {}

    def update(kind, losses):
        terms = losses(sides, x, s)
        if kind not in adams:
            a = job["adam"]
            learnt = [w for d in sides for w in d.kinds[kind].values()]
            adams[kind] = torch.optim.Adam(learnt, a["lr"], (a["beta1"], a["beta2"]), 1e-8, a["weight_decay"])
            first.update({name: value.item() for name, value in terms.items()})
        total = sum(job["weights"][name.rpartition("_")[0]] * value for name, value in terms.items())
        names = adams[kind].param_groups[0]["params"]
        for w, gradient in zip(names, torch.autograd.grad(total, names)):
            w.grad = gradient
        adams[kind].step()
    print(f"{torch.__version__}, {torch.get_num_threads()} threads", flush=True)
    for line in sys.stdin:
        command, _, path = line.strip().partition(" ")
        began = time.perf_counter()
        if command == "output":
            np.array([first[name] for name in sorted(first)], np.float32).tofile(path)
        else:
            update("dis", discriminators)
            update("gen", generators)
        print(time.perf_counter() - began, flush=True)


main()
