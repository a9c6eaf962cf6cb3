import { test } from 'tap'

import { readGivenPolicy } from '../../src/policy/given-policy.ts'

const document = '{\n  "Version" : "2012-10-17",\n  "Statement" : [ {\n    "Sid" : "One"\n  } ]\n}'

test('a policy is read in every form in which the AWS command line prints it', t => {
  const forms = [document, `${document}\n`, `${document}\tdefault\n`, JSON.stringify({ Policy: document, PolicyName: 'default' }), '{"Version":"2012-10-17","Statement":{"Sid":"One"}}']
  for (const form of forms) t.same(readGivenPolicy(form), { version: '2012-10-17', statements: [{ Sid: 'One' }] }, form.slice(0, 40))
  t.end()
})

test('what holds no policy is none', t => {
  for (const text of ['', 'null', '[]', '{}', '{"Statement":[]}', '{"Statement":["x"]}', '{"Policy":"{}"}', 'default']) t.equal(readGivenPolicy(text), undefined, text)
  t.end()
})
