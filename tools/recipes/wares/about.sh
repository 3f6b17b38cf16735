domain_a=drawing
domain_b=product
license="CC0 1.0"
source="webmunit wares, trained by munit train on drawings and pictures of things of our own, made by tools/dataset wares"
preview=out/wares/data/testB/00000.png
train=4000
configs="config.yaml config-128.yaml"
