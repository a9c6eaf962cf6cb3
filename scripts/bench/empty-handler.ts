import fastify from 'fastify'

/** The measure of everything: a Fastify of the same version that reads the same body and answers nothing of use. */
export async function startEmptyHandler (): Promise<AsyncDisposable & { url: string }> {
  const app = fastify({ logger: false })
  app.post('/empty', (_request, reply) => { reply.send({}) })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `${address}/empty`, [Symbol.asyncDispose]: async () => { await app.close() } }
}
