domain_a=drawing
domain_b=avatar
license="CC BY 4.0, with the credits in avatars.NOTICE for the art it was trained on"
source="webmunit avatars, trained by munit train on ink drawings and avatars made with DiceBear's CC0 and CC BY 4.0 styles; moving average of the weights after 18,000 iterations"
preview=site/samples/avatars/long-hair.png
