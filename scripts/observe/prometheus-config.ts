import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../docker/observability')

/** Writes `docker/observability/prometheus.yaml` for another target, the rules by their absolute path, and answers where it is. */
export function writePrometheusConfig (directory: string, target: string, interval = '5s'): string {
  const config = readFileSync(join(folder, 'prometheus.yaml'), 'utf8')
    .replace('127.0.0.1:8080', target)
    .replaceAll('interval: 5s', `interval: ${interval}`)
    .replace('- alerts.yaml', `- ${join(folder, 'alerts.yaml')}`)
  const file = join(directory, 'prometheus.yaml')
  writeFileSync(file, config)
  return file
}
