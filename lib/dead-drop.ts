import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type DomainName, type HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { USE_CDK_MANAGED_LAMBDA_LOGGROUP } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import type { DecoyEvent } from '../lambdas/decoy.ts';
import type { PublishEvent } from '../lambdas/publish-ids.ts';
import { RETENTION_DAYS } from '../wire/sizes.ts';
import { IDS_PREFIX } from '../wire/slot.ts';
import { SUMMARIES_PREFIX } from '../wire/summary.ts';
import { UPLOADS_PREFIX } from '../wire/upload-id.ts';
import { checkPackages } from './check-packages.ts';
import { checkProps } from './check-props.ts';
import { decoyMemory } from './decoy-memory.ts';
import { openDomain } from './domain.ts';
import { openFront, routeToBucket, routeToFunction, throttleRoutes } from './front.ts';
import { silentFunction } from './functions.ts';
import { type RoleName, statementsOf } from './rights.ts';
import { EVERY_SLOT, schedule } from './schedules.ts';
import { refuseInjectors } from './silence/injectors.ts';
import { keepSilent } from './silence.ts';
import { keepMessages, prefixFinding, storeMessages, storeObjects } from './storage.ts';

/**
 * Chosen by `npm run adversary` so that whoever reads the account guesses with an advantage of at most 6 % whether a
 * letter of up to three cells was sent in a minute that he knows, and of 3 % in five minutes; docs/threat-model.md has
 * the curves.
 */
export const DECOYS_PER_MINUTE = 16;

/** 1.5: what spreads the numbers of uploads most for the same number of cells in all. */
export const LOOSE_CELLS_PER_DECOY = 1.5;

/** Five minutes of decoys, 80 on average, do not fill it in 97 of 100 ticks. */
export const LINES_PER_BATCH = 128;

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
   * registered as those of real ones are. They cost in proportion; docs/threat-model.md has what they hide. With fewer
   * than 5, functions go cold between decoys, and each cold start is an event in the account's history, with its second,
   * for 90 days: with none, each letter is.
   *
   * @default 16
   */
  readonly decoysPerMinute?: number;

  /**
   * How many cells are uploaded in a minute on average and never registered, from 0 to 200.
   *
   * @default - 1.5 times `decoysPerMinute`
   */
  readonly looseCellsPerMinute?: number;

  /**
   * How many lines a batch has when few ids wait: 8, 16, 32, ... up to 131,072.
   *
   * @default 128
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
   * A DNS name of your own for the drop's URL, with `certificateArn`. A drop that is made anew has another URL from AWS, and
   * every contact in print would lead nowhere: choose the name before the first contact is handed out.
   *
   * @default - the drop's URL is the one that AWS gives its API
   */
  readonly domainName?: string;

  /** The certificate for `domainName`, of AWS Certificate Manager, in the drop's region. */
  readonly certificateArn?: string;

  /**
   * What happens to the bucket and the queue when the drop is destroyed. Retained ones lose no letter to a mistaken
   * `cdk destroy`, are no longer public, and are empty after `retention`. With DESTROY an operator empties the bucket
   * first: a Lambda that did so would write logs.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, after which a first deployment that fails leaves nothing behind
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A drop: where sources leave letters and journalists fetch them, and nobody is recorded. */
export class DeadDrop extends Construct {
  /** The base URL of the drop, without a slash at its end. It goes into contacts. */
  readonly url: string;

  /** Cells under `uploads/`, batches under `ids/`, summaries of them under `summaries/`. */
  readonly bucket: Bucket;

  /** The sealed ids of the next batch. */
  readonly queue: Queue;

  /** What answers at `url`. */
  readonly api: HttpApi;

  /** The name of the operator's own that `url` has, if there is one. Its DNS record is the operator's. */
  readonly domain?: DomainName;

  constructor(scope: Construct, id: string, props: DeadDropProps = {}) {
    super(scope, id);
    checkProps(props);
    if (Stack.of(this).bundlingRequired) checkPackages();
    refuseInjectors(this);
    // Set by an app around this construct, the flag would make a log group for each function.
    this.node.setContext(USE_CDK_MANAGED_LAMBDA_LOGGROUP, false);

    const { retention = Duration.days(RETENTION_DAYS), removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } =
      props;
    this.bucket = storeObjects(this, { retention, removalPolicy });
    this.queue = storeMessages(this, { retention, removalPolicy });

    const { requestsPerSecond = 50, burst = 100 } = props;
    const { workBits = 0, decoysPerMinute = DECOYS_PER_MINUTE, linesPerBatch = LINES_PER_BATCH } = props;
    const variables = {
      bucket: this.bucket.bucketName,
      queueUrl: this.queue.queueUrl,
      // Without work there is no trace of it in the template either.
      ...(workBits > 0 && { workBits: `${workBits}` }),
    };
    this.api = openFront(this, { requestsPerSecond, burst, variables });
    const { domainName, certificateArn } = props;
    if (domainName !== undefined && certificateArn !== undefined)
      this.domain = openDomain(this, this.api, { domainName, certificateArn });
    this.url = this.domain === undefined ? this.api.apiEndpoint : `https://${this.domain.name}`;
    routeToBucket(this.api, this.bucket);
    this.takeUploads();
    const sender = this.takeIds();
    const { looseCellsPerMinute = LOOSE_CELLS_PER_DECOY * decoysPerMinute } = props;
    this.sendDecoys(decoysPerMinute, looseCellsPerMinute, decoyMemory(decoysPerMinute, looseCellsPerMinute, workBits));
    const receiver = this.publishIds(linesPerBatch);
    keepMessages(this.queue, { sender, receiver });
    throttleRoutes(this.api, { requestsPerSecond, burst });
    keepSilent(this);
  }

  private takeUploads(): void {
    const lambda = silentFunction(this, 'UploadUrl', {
      lambda: 'upload-url',
      rights: this.rightsOf('UploadUrlRole'),
      timeout: Duration.seconds(10),
      memorySize: 256,
    });
    this.acknowledgeWildcard('UploadUrlRole', UPLOADS_PREFIX);
    routeToFunction(this.api, HttpMethod.GET, '/upload-url', lambda);
  }

  /** @returns the role that puts ids into the queue */
  private takeIds(): IRole {
    const lambda = silentFunction(this, 'RegisterId', {
      lambda: 'register-id',
      rights: this.rightsOf('RegisterIdRole'),
      timeout: Duration.seconds(10),
      memorySize: 256,
    });
    routeToFunction(this.api, HttpMethod.PUT, '/register-id', lambda);
    return lambda.role!;
  }

  private sendDecoys(decoysPerMinute: number, looseCellsPerMinute: number, memorySize: number): void {
    const lambda = silentFunction(this, 'Decoy', {
      lambda: 'decoy',
      rights: this.rightsOf('DecoyRole'),
      // A run waits for its minutes, 60 s at most, and lasts 371 s more, so that one or two are under way at a time.
      timeout: Duration.seconds(450),
      memorySize,
      // Whoever keeps all others busy would be rid of the decoys, and left with the letters.
      reservedConcurrentExecutions: 3,
    });
    const settings: Omit<DecoyEvent, 'time'> = { dropUrl: this.url, decoysPerMinute, looseCellsPerMinute };
    schedule(this, 'DecoySchedule', lambda, EVERY_SLOT, { ...settings });
  }

  /** @returns the role that takes ids out of the queue */
  private publishIds(linesPerBatch: number): IRole {
    const lambda = silentFunction(this, 'PublishIds', {
      lambda: 'publish-ids',
      rights: this.rightsOf('PublishIdsRole'),
      // With the minute in which Scheduler begins it, and the one that an event may wait, a run ends before the next tick.
      timeout: Duration.seconds(180),
      // And CPU in proportion, more than half of one: a full queue is published with most of the time to spare.
      memorySize: 1024,
      // Two at a time would publish the same ids twice.
      reservedConcurrentExecutions: 1,
    });
    this.acknowledgeWildcard('PublishIdsRole', IDS_PREFIX);
    this.acknowledgeWildcard('PublishIdsRole', SUMMARIES_PREFIX);
    const { bucketName: bucket } = this.bucket;
    const settings: Omit<PublishEvent, 'time'> = { bucket, queueUrl: this.queue.queueUrl, linesPerBatch };
    schedule(this, 'PublishIdsSchedule', lambda, EVERY_SLOT, { ...settings });
    return lambda.role!;
  }

  private rightsOf(role: RoleName): PolicyStatement[] {
    return statementsOf(role, (on) => {
      if (on === 'Queue') return this.queue.queueArn;
      return on === 'Bucket' ? this.bucket.bucketArn : this.bucket.arnForObjects(`${on}*`);
    });
  }

  private acknowledgeWildcard(role: string, prefix: string): void {
    Validations.of(this.node.findChild(role)).acknowledge({
      id: prefixFinding(this.bucket, prefix),
      reason: `What lies under ${prefix} is named at run time, so that the prefix is the narrowest resource there is.`,
    });
  }
}
