domain_a=drawing
domain_b=avatar
license="CC BY 4.0, with the credits in avatars.NOTICE for the art it was trained on"
source="webmunit avatars, trained by munit train on drawings and avatars made with DiceBear's Micah (CC BY 4.0) and Open Peeps (CC0) styles"
preview=out/avatars/data/testB/00002.png
train=1600
configs="config.yaml config-128.yaml"
start=weights/wares.munit.safetensors # tones to colours is what it knows already
