// A proxy as Backstage's is: http-proxy-middleware, with connections that are kept. Prints its port; ends with its stdin.
//
//     node proxy.js http://127.0.0.1:8080
'use strict';
const http = require('http');
const { createProxyMiddleware } = require('http-proxy-middleware');

const proxy = createProxyMiddleware({
  target: process.argv[2],
  changeOrigin: true,
  agent: new http.Agent({ keepAlive: true }),
  logLevel: 'silent',
});
const server = http.createServer((request, response) => {
  proxy(request, response, () => response.writeHead(404).end());
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
