import { createCredentials } from '../../ecs/credentials.ts'
import type { Check } from '../check.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Facts, Finding } from '../finding.ts'

/** ECS replaces a set of credentials long before it ends; one with less than this was not replaced. */
const soonMs = 5 * 60_000

const advice = 'see that the ECS agent answers and that the task has a role (taskRoleArn), which KMS_KEY_ARN\'s policy lets decrypt'

/** The role's credentials, fetched as the service does. Only their expiry is ever shown. */
export const credentialsCheck: Check = {
  name: 'credentials',
  run: async ({ settings: { credentials }, now }) => {
    const source = credentials.from === 'container' ? 'the container credentials endpoint' : 'the AWS SDK\'s provider chain'
    try {
      const { expiresAt } = await createCredentials(credentials).fetch()
      return judge(expiresAt, now(), { source })
    } catch (error) {
      return failed(`${source} gave none: ${reasonOf(error)}`, advice, { source })
    }
  },
}

function judge (expiresAt: number, now: number, facts: Facts): Finding {
  const expiry = new Date(expiresAt).toISOString()
  const all = { ...facts, expiresAt: expiry }
  if (expiresAt <= now) return failed(`they expired at ${expiry}`, 'look at this host\'s clock and at the ECS agent', all)
  return expiresAt - now < soonMs
    ? warning(`they expire at ${expiry}, in less than 5 minutes`, 'see that the ECS agent renews them: run the doctor again in some minutes', all)
    : ok(`they expire at ${expiry}`, all)
}

/** The reason, unless it quotes the answer: what `JSON.parse` complains of contains a piece of it, and that may be a secret. */
function reasonOf (error: unknown): string {
  const messages: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message)
  if (messages.some(message => /JSON|SyntaxError/.test(message))) return 'the answer is not as credentials are'
  return messages[1] ?? messages[0] ?? 'unknown error'
}
