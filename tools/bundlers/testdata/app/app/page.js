"use client";

import { useEffect } from "react";
import { translate } from "../main.js";

export default function Page() {
  useEffect(() => void translate(), []);
  return <munit-image hidden></munit-image>;
}
