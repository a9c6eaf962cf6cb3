/** What will keep Prometheus from the service's metrics at an address, if anything will: the service may still be coming up. */
export async function concernAbout (url: string): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(2000) })
    return ok ? undefined : `${url} answers ${status}: a service that asks who calls has its metrics on OPS_PORT; give both the same`
  } catch {
    return `${url} does not answer: the service must run, under the same PORT, and where it speaks TLS with an OPS_PORT that is given here too`
  }
}
