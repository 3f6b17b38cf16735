import { translate } from "./main.js";

void translate();
