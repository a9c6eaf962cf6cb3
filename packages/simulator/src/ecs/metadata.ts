import { randomBytes, randomUUID } from 'node:crypto'

/** The container that the parent runs in. */
export interface TaskFacts {
  readonly region: string
  readonly accountId: string
  /** As the task definition names it. */
  readonly image: string
  /** `sha256:` and 64 hex digits. */
  readonly imageId: string
  /** Unix milliseconds. */
  readonly startedAt: number
}

/** The two answers of the metadata endpoint, version 4 (Amazon ECS developer guide, task-metadata-endpoint-v4). */
export interface TaskMetadata {
  readonly container: Readonly<Record<string, unknown>>
  readonly task: Readonly<Record<string, unknown>>
}

const family = 'enclave-signer'
const revision = '1'

/** Metadata of a task with one container, in the fields and order of AWS's examples. */
export function createTaskMetadata ({ region, accountId, image, imageId, startedAt }: TaskFacts): TaskMetadata {
  const arn = (resource: string): string => `arn:aws:ecs:${region}:${accountId}:${resource}`
  const taskId = randomBytes(16).toString('hex')
  const taskArn = arn(`task/default/${taskId}`)
  const time = new Date(startedAt).toISOString().replace('Z', '000000Z')
  const container = {
    DockerId: randomBytes(32).toString('hex'),
    Name: family,
    DockerName: `ecs-${family}-${revision}-${family}-${randomBytes(10).toString('hex')}`,
    Image: image,
    ImageID: imageId,
    Labels: {
      'com.amazonaws.ecs.cluster': 'default',
      'com.amazonaws.ecs.container-name': family,
      'com.amazonaws.ecs.task-arn': taskArn,
      'com.amazonaws.ecs.task-definition-family': family,
      'com.amazonaws.ecs.task-definition-version': revision,
    },
    DesiredStatus: 'RUNNING',
    KnownStatus: 'RUNNING',
    Limits: { CPU: 1024, Memory: 1024 },
    CreatedAt: time,
    StartedAt: time,
    Type: 'NORMAL',
    LogDriver: 'awslogs',
    LogOptions: {
      'awslogs-create-group': 'true',
      'awslogs-group': `/ecs/${family}`,
      'awslogs-region': region,
      'awslogs-stream': `ecs/${family}/${taskId}`,
    },
    ContainerARN: arn(`container/${randomUUID()}`),
    Networks: [{ NetworkMode: 'host', IPv4Addresses: ['127.0.0.1'] }],
  }
  const task = {
    Cluster: 'default',
    TaskARN: taskArn,
    Family: family,
    ServiceName: family,
    Revision: revision,
    DesiredStatus: 'RUNNING',
    KnownStatus: 'RUNNING',
    PullStartedAt: time,
    PullStoppedAt: time,
    AvailabilityZone: `${region}a`,
    LaunchType: 'EC2',
    Containers: [container],
  }
  return { container, task }
}
