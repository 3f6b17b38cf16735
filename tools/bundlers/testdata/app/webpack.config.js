export default {
  entry: "./start.js",
  output: { path: `${import.meta.dirname}/out`, filename: "main.js" },
  performance: { hints: false },
  devServer: { static: "./public", client: { overlay: false } },
};
