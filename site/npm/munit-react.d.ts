// <munit-image> in JSX where React brings JSX's types (19 and later): import "webmunit/react" once, beside or in place of "webmunit".

import type { MunitImageAttributes, MunitImageElement } from "./munit";

export type * from "./munit";
export { MunitError, interpolate, latest, listModels, load } from "./munit";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "munit-image": MunitImageAttributes & React.HTMLAttributes<MunitImageElement> & React.RefAttributes<MunitImageElement>;
    }
  }
}
