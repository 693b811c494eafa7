import init from "./encoder.js";

await init();
