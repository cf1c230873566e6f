// The stand-in of platform.sh: the two documents on one port, and on another an API server that knows a client by its
// certificate alone. Prints both ports. usage: node platform.mjs, in a folder with ca.crt, server.crt and server.key
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const issuer = "https://oidc.example.com";
const { n, e } = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
const documents = {
  "/.well-known/openid-configuration": {
    issuer, jwks_uri: `${issuer}/openid/v1/jwks`, response_types_supported: ["id_token"], subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  },
  "/openid/v1/jwks": { keys: [{ use: "sig", kty: "RSA", kid: "platform", alg: "RS256", n, e }] },
};
const objects = {
  ...documents,
  "/version": { major: "1", minor: "35", gitVersion: "v1.35.0" },
};
const tls = { cert: readFileSync("server.crt"), key: readFileSync("server.key"), ca: readFileSync("ca.crt") };

const respond = (known, allowed) => (request, response) => {
  const found = known[new URL(request.url, issuer).pathname];
  const status = !allowed(request) ? 401 : found ? 200 : 403;
  const body = JSON.stringify(found && status === 200 ? found : { kind: "Status", apiVersion: "v1", status: "Failure", code: status });
  const type = request.url === "/openid/v1/jwks" && status === 200 ? "application/jwk-set+json" : "application/json";
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), "cache-control": "public, max-age=3600" }).end(body);
};

const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
const ports = [
  await listen(createServer(tls, respond(documents, () => true))),
  await listen(createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, respond(objects, (request) => request.socket.authorized))),
];
console.log(ports.join(" "));
