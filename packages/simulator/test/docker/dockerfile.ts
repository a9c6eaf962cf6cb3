import { test } from 'tap'

import { applyInstructions, parseDockerfile } from '../../src/docker/dockerfile.ts'

const base = { Env: ['PATH=/bin', 'A=0'], Cmd: ['old'], Entrypoint: null }
const build = (text: string) => applyInstructions(base, parseDockerfile(text).changes)

test('ENV sets in place or adds, CMD in JSON form is taken as it is', async (t) => {
  const text = '# comment\nFROM img:tag\nENV A=1 B="two words" C=x\\ y\nCMD ["node", "/app/main.ts"]\n'
  t.equal(parseDockerfile(text).base, 'img:tag')
  t.same(build(text), { Env: ['PATH=/bin', 'A=1', 'B=two words', 'C=x y'], Cmd: ['node', '/app/main.ts'], Entrypoint: null })
})

test('ENV of the older form, lines that go on, and CMD of the shell form', async (t) => {
  t.same(build('from x\nenv A b c\nENV D=1 \\\n  E=2\ncmd run it\n'), { Env: ['PATH=/bin', 'A=b c', 'D=1', 'E=2'], Cmd: ['/bin/sh', '-c', 'run it'], Entrypoint: null })
})

test("an ENTRYPOINT drops the base image's CMD", async (t) => {
  t.same(build('FROM x\nENTRYPOINT ["e"]'), { ...base, Cmd: null, Entrypoint: ['e'] })
})

const faults: Record<string, [text: string, error: { code: string, message?: string | RegExp, facts?: object }]> = {
  'an empty Dockerfile': ['\n# nothing\n', { code: 'DOCKERFILE_INVALID', message: 'file with no instructions' }],
  'a Dockerfile that does not begin with FROM': ['ENV A=1', { code: 'DOCKERFILE_INVALID', message: 'no build stage in current context' }],
  'an unknown instruction': ['FROM x\n\nFOO bar', { code: 'DOCKERFILE_INVALID', message: 'dockerfile parse error on line 3: unknown instruction: FOO' }],
  'ENV without a value': ['FROM x\nENV A=1 B', { code: 'DOCKERFILE_INVALID', message: /can't find = in "B"/ }],
  'an instruction that is not simulated': ['FROM x\nRUN true', { code: 'NOT_SIMULATED', facts: { subject: 'RUN' } }],
}

for (const [name, [text, error]] of Object.entries(faults)) {
  test(`${name} is refused`, async (t) => {
    t.throws(() => build(text), error)
  })
}
