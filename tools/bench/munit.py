"""MUNIT's generator (Huang et al. 2018) and CycleGAN's (Zhu et al. 2017) in PyTorch, for comparing speed. It imports nothing of webmunit.

stdin: one JSON line {"config", "seed", "modelA", "modelB", "size", "threads", "x", "s"}, x and s being files of float32; answered with
PyTorch's version. Then a line each of: whole, decode (answered with the seconds it took) or output FILE (writes the picture as float32).
"""


def conv(name, cin, cout, kernel, stride, pad, bias=False):
    """No bias where a norm would take it away again: the same work as in webmunit."""
    w, b = weights(name + ".weight", cout, cin, kernel, kernel), weights(name + ".bias", cout) if bias else None
    return lambda x: F.conv2d(F.pad(x, (pad,) * 4, mode="reflect"), w, b, stride)


def linear(name, cin, cout):
    w, b = weights(name + ".weight", cout, cin), weights(name + ".bias", cout)
    return lambda x: F.linear(x, w, b)


def layer_norm(name, width):
    gamma, beta = (weights(f"{name}.{part}", width).view(1, -1, 1, 1) for part in ("gamma", "beta"))
    return lambda x: (x - x.mean()) / (x.std() + 1e-5) * gamma + beta  # of one sample; std unbiased


def content_encoder(p, gen):
    width = gen["dim"]
    down = [conv(p + "enc_content.model.0.conv", 3, width, 7, 1, 3)]
    for i in range(gen["n_downsample"]):
        down.append(conv(f"{p}enc_content.model.{i + 1}.conv", width, 2 * width, 4, 2, 1))
        width *= 2
    name = f"{p}enc_content.model.{gen['n_downsample'] + 1}.model"
    residual = [[conv(f"{name}.{r}.model.{j}.conv", width, width, 3, 1, 1) for j in range(2)] for r in range(gen["n_res"])]

    def forward(x):
        for c in down:
            x = F.relu(F.instance_norm(c(x)))
        for c0, c1 in residual:
            x = x + F.instance_norm(c1(F.relu(F.instance_norm(c0(x)))))
        return x
    return forward


def decoder(p, gen):
    width = gen["dim"] << gen["n_downsample"]
    residual = [[conv(f"{p}dec.model.0.model.{r}.model.{j}.conv", width, width, 3, 1, 1) for j in range(2)] for r in range(gen["n_res"])]
    sizes = [gen["style_dim"], gen["mlp_dim"], gen["mlp_dim"], gen["n_res"] * 4 * width]
    mlp = [linear(f"{p}mlp.model.{i}.fc", sizes[i], sizes[i + 1]) for i in range(3)]
    up = []
    for u in range(gen["n_downsample"]):
        name, width = f"{p}dec.model.{2 * u + 2}", width // 2
        up.append((conv(name + ".conv", 2 * width, width, 5, 1, 2, bias=True), layer_norm(name + ".norm", width)))
    last = conv(f"{p}dec.model.{2 * gen['n_downsample'] + 1}.conv", width, 3, 7, 1, 3, bias=True)

    def forward(x, s):
        params = mlp[2](F.relu(mlp[1](F.relu(mlp[0](s))))).view(-1, x.shape[1])  # per layer a row of biases, a row of weights

        def adain(i, x):
            return F.instance_norm(x, weight=params[2 * i + 1], bias=params[2 * i])
        for i, (c0, c1) in enumerate(residual):
            x = x + adain(2 * i + 1, c1(F.relu(adain(2 * i, c0(x)))))
        for c, norm in up:
            x = F.relu(norm(c(F.interpolate(x, scale_factor=2, mode="nearest"))))
        return torch.tanh(last(x))
    return forward


def resnet(p, gen):
    """junyanz' ResnetGenerator with instance norm, without the biases that it takes away: to the last residual block, and from there."""
    width, norm = gen["dim"], F.instance_norm
    w = [weights(f"{p}model.{at}.weight", *shape) for at, shape in
         ((1, (width, 3, 7, 7)), (4, (2 * width, width, 3, 3)), (7, (4 * width, 2 * width, 3, 3)))]
    blocks = [[weights(f"{p}model.{10 + b}.conv_block.{i}.weight", 4 * width, 4 * width, 3, 3) for i in (1, 5)] for b in range(gen["n_res"])]
    at = 10 + gen["n_res"]
    up = [weights(f"{p}model.{at + 3 * u}.weight", (4 >> u) * width, (2 >> u) * width, 3, 3) for u in range(2)]
    last, bias = weights(f"{p}model.{at + 7}.weight", 3, width, 7, 7), weights(f"{p}model.{at + 7}.bias", 3)

    def reflect(x, n):
        return F.pad(x, (n,) * 4, mode="reflect")

    def encode(x):
        x = F.relu(norm(F.conv2d(reflect(x, 3), w[0])))
        for down in w[1:]:
            x = F.relu(norm(F.conv2d(x, down, None, 2, 1)))
        for w0, w1 in blocks:
            x = x + norm(F.conv2d(reflect(F.relu(norm(F.conv2d(reflect(x, 1), w0))), 1), w1))
        return x

    def decode(x, _):
        for t in up:
            x = F.relu(norm(F.conv_transpose2d(x, t, None, 2, 1, 1)))
        return torch.tanh(F.conv2d(reflect(x, 3), last, bias))
    return encode, decode


def main():
    job = json.loads(sys.stdin.readline())
    torch.set_num_threads(job["threads"])

    def prefix(model):
        return job["seed"] + "/" + (model + "/" if model else "")
    gen = job["config"]["gen"]
    if job["config"].get("method") == "CycleGAN":
        encode, decode = resnet(prefix(job["modelA"]), gen)
    else:
        encode, decode = content_encoder(prefix(job["modelA"]), gen), decoder(prefix(job["modelB"]), gen)
    x = torch.from_numpy(np.fromfile(job["x"], np.float32)).view(1, 3, job["size"], job["size"])
    s = torch.from_numpy(np.fromfile(job["s"], np.float32))[None]
    onednn = "oneDNN" if torch.backends.mkldnn.is_available() else "no oneDNN"
    print(f"{torch.__version__}, {onednn}, {torch.get_num_threads()} threads", flush=True)
    c = y = None
    with torch.inference_mode():
        for line in sys.stdin:
            command, _, path = line.strip().partition(" ")
            began = time.perf_counter()
            if command == "output":
                y.numpy().tofile(path)
            else:
                if command == "whole":
                    c = encode(x)
                y = decode(c, s)
            print(time.perf_counter() - began, flush=True)


main()
