// The edge of the Fastify pair: CORS, security headers, rate limit, request id; then everything under /api is proxied.

import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import httpProxy from '@fastify/http-proxy'
import rateLimit from '@fastify/rate-limit'
import Fastify from 'fastify'

const SANE_REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/
const NO_LIMIT_HEADERS = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }

const app = Fastify({
  logger: false,
  requestIdHeader: false,
  genReqId: (request) => {
    const given = request.headers['x-request-id']
    return given !== undefined && SANE_REQUEST_ID.test(given) ? given : randomUUID()
  }
})

app.addHook('onRequest', (request, reply, done) => {
  reply.header('x-request-id', request.id)
  done()
})
await app.register(helmet)
await app.register(cors, { origin: ['https://app.example.com'] })
await app.register(rateLimit, {
  max: 100_000_000,
  timeWindow: '1 minute',
  addHeaders: NO_LIMIT_HEADERS,
  addHeadersOnExceeding: NO_LIMIT_HEADERS
})

app.get('/health', async () => ({ status: 'ok' }))

await app.register(httpProxy, {
  upstream: process.env.PEER_UPSTREAM,
  prefix: '/api',
  rewritePrefix: '/api',
  disableRequestLogging: true,
  replyOptions: {
    rewriteRequestHeaders: (request, headers) => ({ ...headers, 'x-request-id': request.id })
  }
})

process.once('SIGTERM', () => app.close())
await app.listen({ host: '127.0.0.1', port: Number(process.env.PEER_PORT) })
