domain_a="atlas map"
domain_b="satellite picture"
license="CC0 1.0"
source="webmunit earth, trained by munit train on NASA's Blue Marble and maps of Natural Earth's coasts and NASA's heights; moving average of the weights after 10,000 iterations"
preview=site/samples/earth/island.png
