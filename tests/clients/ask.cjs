// Asks a service with clients from npm: node ask.cjs FOLDER URL CLIENT, where FOLDER holds node_modules. Prints JSON.
"use strict";
const { createRequire } = require("node:module");
const [folder, url, client] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);
const rows = "SELECT ?s ?l WHERE { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } ORDER BY ?s ?l LIMIT 2";
const graph = rows.replace("SELECT ?s ?l", "CONSTRUCT { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l }").replace("ORDER BY ?s ?l ", "");
const counted = (stream) => new Promise((done, failed) => {
  let number = 0;
  stream.on("data", () => { number += 1; }).on("end", () => done(number)).on("error", failed);
});
const clients = {
  "fetch-sparql-endpoint": async () => {
    const { SparqlEndpointFetcher } = load("fetch-sparql-endpoint");
    const numbers = [];
    for (const method of ["GET", "POST"]) {
      const parameters = new URLSearchParams({ infer: "true", sameAs: "false" });
      const fetcher = new SparqlEndpointFetcher({ method, additionalUrlParams: parameters });
      numbers.push(await counted(await fetcher.fetchBindings(`${url}/sparql`, rows)));
      numbers.push(await counted(await fetcher.fetchTriples(`${url}/sparql`, graph)));
      numbers.push(Number(await fetcher.fetchAsk(`${url}/sparql`, "ASK {}")));
    }
    return numbers;
  },
  "sparql-client-2": async () => {
    const { SparqlClient } = load("sparql-client-2");
    return [(await new SparqlClient(`${url}/sparql`).query(rows).execute()).results.bindings.length];
  },
  "swagger-client": async () => {
    const Swagger = load("swagger-client");
    const resolve = Swagger.default || Swagger;
    const service = await resolve({ url: `${url}/openapi.json`, responseContentType: "application/json" });
    const operations = Object.values(service.apis).flatMap((each) => Object.entries(each));
    const [, list] = operations.find(([name]) => name === "list_drugs");
    return [(await list({ page_size: 2 })).body.items.length];
  },
  "virtuoso-sparql-client": async () => {
    const { Client } = load("virtuoso-sparql-client");
    const asking = new Client(`${url}/sparql`);
    asking.setOptions("application/json");
    return [(await asking.query(rows)).results.bindings.length];
  },
};
clients[client]().then((numbers) => console.log(JSON.stringify(numbers)), (error) => { console.error(error); process.exit(1); });
