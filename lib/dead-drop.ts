import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { USE_CDK_MANAGED_LAMBDA_LOGGROUP } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { RETENTION_DAYS } from '../wire/sizes.ts';
import { IDS_PREFIX } from '../wire/slot.ts';
import { UPLOADS_PREFIX } from '../wire/upload-id.ts';
import { checkProps } from './check-props.ts';
import { decoyMemory } from './decoy-memory.ts';
import { openFront, routeToBucket, routeToFunction } from './front.ts';
import { silentFunction } from './functions.ts';
import { type RoleName, statementsOf } from './rights.ts';
import { EVERY_MINUTE, EVERY_SLOT, schedule } from './schedules.ts';
import { refuseInjectors } from './silence/injectors.ts';
import { keepSilent } from './silence.ts';
import { prefixFinding, storeMessages, storeObjects } from './storage.ts';

/**
 * Chosen by `npm run adversary` so that whoever reads the account guesses with an advantage of at most 5 % whether a
 * letter of up to three cells was sent in five minutes; docs/threat-model.md has the curves.
 */
const DECOYS_PER_MINUTE = 30;

/** Five minutes of decoys, 150 on average, and some hundred registrations do not fill it. */
const LINES_PER_BATCH = 256;

/** What an operator may choose. Everything else is the same for each drop, so that none is known by its settings. */
export interface DeadDropProps {
  /**
   * How long the drop keeps cells, batches and waiting sealed ids: 1 to 14 whole days, the most that SQS allows.
   * S3 removes what has expired at the following midnight (UTC) or somewhat later.
   *
   * @default Duration.days(14)
   */
  readonly retention?: Duration;

  /**
   * How many letters for nobody are sent in a minute on average, from 0 to 100: their cells are uploaded and their ids
   * registered as those of real ones are. They cost in proportion; docs/threat-model.md has what they hide.
   *
   * @default 30
   */
  readonly decoysPerMinute?: number;

  /**
   * How many lines a batch has when few ids wait: 8, 16, 32, ... up to 131,072.
   *
   * @default 256
   */
  readonly linesPerBatch?: number;

  /**
   * How many requests a second each route answers, all clients together; the rest get 429. A whole number from 1 up.
   *
   * @default 50
   */
  readonly requestsPerSecond?: number;

  /**
   * How many requests at once each route answers before `requestsPerSecond` applies. A whole number from 1 up.
   *
   * @default 100
   */
  readonly burst?: number;

  /**
   * How much work whoever uploads a cell or registers an id has to prove, decoys included: 2^workBits hashes on average.
   * From 0, which asks for none, to 24. docs/operating.md says when to switch it on, and what it costs whom.
   *
   * @default 0
   */
  readonly workBits?: number;

  /**
   * What happens to the bucket and the queue when the drop is destroyed. Retained ones lose no letter to a mistaken
   * `cdk destroy`, are no longer public, and are empty after `retention`. With DESTROY an operator empties the bucket
   * first: a Lambda that did so would write logs.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What the functions that take something are told of the work that they ask for. */
type Work = { readonly WORK_BITS?: string };

/** A drop: where sources leave letters and journalists fetch them, and nobody is recorded. */
export class DeadDrop extends Construct {
  /** The base URL of the drop, without a slash at its end. It goes into contacts. */
  readonly url: string;

  /** Cells under `uploads/`, batches under `ids/`. */
  readonly bucket: Bucket;

  /** The sealed ids of the next batch. */
  readonly queue: Queue;

  /** What answers at `url`. */
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: DeadDropProps = {}) {
    super(scope, id);
    checkProps(props);
    refuseInjectors(this);
    // Set by an app around this construct, the flag would make a log group for each function.
    this.node.setContext(USE_CDK_MANAGED_LAMBDA_LOGGROUP, false);

    const { retention = Duration.days(RETENTION_DAYS), removalPolicy = RemovalPolicy.RETAIN } = props;
    this.bucket = storeObjects(this, { retention, removalPolicy });
    this.queue = storeMessages(this, { retention, removalPolicy });

    const { requestsPerSecond = 50, burst = 100 } = props;
    this.api = openFront(this, { requestsPerSecond, burst });
    this.url = this.api.apiEndpoint;
    routeToBucket(this.api, this.bucket);
    const { workBits = 0, decoysPerMinute = DECOYS_PER_MINUTE, linesPerBatch = LINES_PER_BATCH } = props;
    // Without work there is no trace of it in the template either.
    const work: Work = workBits === 0 ? {} : { WORK_BITS: `${workBits}` };
    this.takeUploads(work);
    this.takeIds(work);
    this.sendDecoys(decoysPerMinute, decoyMemory(decoysPerMinute, workBits));
    this.publishIds(linesPerBatch);
    keepSilent(this);
  }

  private takeUploads(work: Work): void {
    const lambda = silentFunction(this, 'UploadUrl', {
      lambda: 'upload-url',
      environment: { BUCKET: this.bucket.bucketName, ...work },
      rights: this.rightsOf('UploadUrlRole'),
      timeout: Duration.seconds(10),
      memorySize: 256,
    });
    this.acknowledgeWildcard('UploadUrlRole', UPLOADS_PREFIX);
    routeToFunction(this.api, HttpMethod.GET, '/upload-url', lambda);
  }

  private takeIds(work: Work): void {
    const lambda = silentFunction(this, 'RegisterId', {
      lambda: 'register-id',
      environment: { QUEUE_URL: this.queue.queueUrl, ...work },
      rights: this.rightsOf('RegisterIdRole'),
      timeout: Duration.seconds(10),
      memorySize: 256,
    });
    routeToFunction(this.api, HttpMethod.PUT, '/register-id', lambda);
  }

  private sendDecoys(decoysPerMinute: number, memorySize: number): void {
    const lambda = silentFunction(this, 'Decoy', {
      lambda: 'decoy',
      environment: { DROP_URL: this.url, DECOYS_PER_MINUTE: `${decoysPerMinute}` },
      rights: this.rightsOf('DecoyRole'),
      // A run waits for its minute, 60 s at most, and lasts 131 s more, so that three or four are under way at a time.
      timeout: Duration.seconds(210),
      memorySize,
      // Whoever keeps all others busy would be rid of the decoys, and left with the letters.
      reservedConcurrentExecutions: 5,
    });
    schedule(this, 'DecoySchedule', lambda, EVERY_MINUTE);
  }

  private publishIds(linesPerBatch: number): void {
    const lambda = silentFunction(this, 'PublishIds', {
      lambda: 'publish-ids',
      environment: {
        BUCKET: this.bucket.bucketName,
        QUEUE_URL: this.queue.queueUrl,
        LINES_PER_BATCH: `${linesPerBatch}`,
      },
      rights: this.rightsOf('PublishIdsRole'),
      // With the minute in which Scheduler begins it, and the one that an event may wait, a run ends before the next tick.
      timeout: Duration.seconds(180),
      // And CPU in proportion, more than half of one: a full queue is published with most of the time to spare.
      memorySize: 1024,
      // Two at a time would publish the same ids twice.
      reservedConcurrentExecutions: 1,
    });
    this.acknowledgeWildcard('PublishIdsRole', IDS_PREFIX);
    schedule(this, 'PublishIdsSchedule', lambda, EVERY_SLOT);
  }

  private rightsOf(role: RoleName): PolicyStatement[] {
    return statementsOf(role, (on) => (on === 'Queue' ? this.queue.queueArn : this.bucket.arnForObjects(`${on}*`)));
  }

  private acknowledgeWildcard(role: string, prefix: string): void {
    Validations.of(this.node.findChild(role)).acknowledge({
      id: prefixFinding(this.bucket, prefix),
      reason: `What lies under ${prefix} is named at run time, so that the prefix is the narrowest resource there is.`,
    });
  }
}
