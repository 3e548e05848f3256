const os = require("os");
const express = require("express");

const app = express();

app.get("/", (request, response) => {
	response.set("X-Served-By", os.hostname()).send("Hello, World!\n");
});
app.get("/health", (request, response) => response.send("ok\n"));

const server = app.listen(3000);
// the first process of a container has no default for signals
process.on("SIGTERM", () => server.close());
