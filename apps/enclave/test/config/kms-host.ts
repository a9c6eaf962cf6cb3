import { test } from 'tap'
import { kmsHostOf, partitionOf } from '../../src/config/kms-host.ts'

test('KMS has one host name a region, with China\'s suffix in China', async t => {
  t.equal(kmsHostOf('us-east-1'), 'kms.us-east-1.amazonaws.com')
  t.equal(kmsHostOf('us-gov-west-1'), 'kms.us-gov-west-1.amazonaws.com')
  t.equal(kmsHostOf('cn-northwest-1'), 'kms.cn-northwest-1.amazonaws.com.cn')
  t.same(['eu-central-1', 'us-gov-east-1', 'cn-north-1'].map(partitionOf), ['aws', 'aws-us-gov', 'aws-cn'])
})
