import init from "./library.js";

await init();
