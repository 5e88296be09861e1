// A gateway for short messages that tests look into.
import http from 'node:http';

/** A gateway: keeps what it is sent; `answer(request, response)` is replaced by tests. */
export async function startGateway () {
  const gateway = { requests: [], running: 0, mostRunning: 0 };
  gateway.calm = (request, response) => response.end('{}');
  gateway.answer = gateway.calm;
  const server = http.createServer((request, response) => {
    gateway.mostRunning = Math.max(gateway.mostRunning, ++gateway.running);
    response.once('close', () => gateway.running--);
    const pieces = [];
    request.on('data', piece => pieces.push(piece)).on('end', () => {
      const text = Buffer.concat(pieces).toString();
      let body = text;
      try { body = JSON.parse(text); } catch { /* kept as text */ }
      gateway.requests.push({ method: request.method, path: request.url, headers: request.headers, text, body });
      gateway.answer(request, response, body);
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  gateway.port = server.address().port;
  gateway.url = `http://127.0.0.1:${gateway.port}`;
  gateway.stop = () => { server.closeAllConnections(); server.close(); };
  gateway.to = phone => gateway.requests.filter(request => request.body?.to === phone);
  gateway.code = phone => gateway.to(phone).at(-1)?.body.code;
  return gateway;
}
