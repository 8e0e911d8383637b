import { Validations } from 'aws-cdk-lib';
import {
  CfnIntegration,
  CfnRoute,
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpStage,
  MappingValue,
  ParameterMapping,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration, HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { IDS_PREFIX } from '../wire/slot.ts';
import { SUMMARIES_PREFIX } from '../wire/summary.ts';
import { UPLOADS_PREFIX } from '../wire/upload-id.ts';
import { frontMark } from './storage.ts';

/** How much the whole world together may ask for. */
export interface FrontProps {
  readonly requestsPerSecond: number;
  readonly burst: number;
  /**
   * What the functions behind it are told with each request, in place of an environment: payload format 2.0 hands them
   * over as `stageVariables`. Names have letters, digits and `_`; values must match `[A-Za-z0-9-._~:/?#&=,]+`
   * (`stageVariables` of Stage in the reference of API Gateway's version 2 API).
   */
  readonly variables: Readonly<Record<string, string>>;
}

/** The one door: everything but the presigned PUT goes through its default stage, whose URL has no path. */
export function openFront(scope: Construct, { requestsPerSecond, burst, variables }: FrontProps): HttpApi {
  const api = new HttpApi(scope, 'Api', { createDefaultStage: false });
  const stage = new HttpStage(api, 'DefaultStage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
    detailedMetricsEnabled: false,
    stageVariables: variables,
  });
  Validations.of(stage).acknowledge({
    id: 'AwsSolutions-APIG1',
    reason: 'An access log would record when each source and journalist came, and through which exit.',
  });
  Validations.of(api).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason: 'Sources and journalists have no accounts, so there is nobody to authorize.',
  });
  return api;
}

/** The front's one stage. */
export const stageOf = (api: HttpApi) => api.node.findChild('DefaultStage') as HttpStage;

/**
 * Gives each route that there is a throttle of its own, so that whoever floods one leaves the others alone. Whether the
 * stage's default holds for each route or for all together, AWS does not say ("Throttle requests to your HTTP APIs").
 */
export function throttleRoutes(api: HttpApi, { requestsPerSecond, burst }: Omit<FrontProps, 'variables'>): void {
  const stage = stageOf(api).node.defaultChild as CfnStage;
  const routes = api.node.findAll().filter((part): part is CfnRoute => part instanceof CfnRoute);
  // A route's settings take the place of the stage's as a whole.
  const settings = {
    ThrottlingRateLimit: requestsPerSecond,
    ThrottlingBurstLimit: burst,
    DetailedMetricsEnabled: false,
  };
  stage.routeSettings = Object.fromEntries(routes.map(({ routeKey }) => [routeKey, settings]));
  stage.node.addDependency(...routes); // a stage that names a route before it is there is refused
}

/** A Lambda behind the door. */
export function routeToFunction(api: HttpApi, method: HttpMethod, path: string, lambda: IFunction): void {
  api.addRoutes({ path, methods: [method], integration: new HttpLambdaIntegration(lambda.node.id, lambda) });
}

/**
 * The value of a mapping that removes a header: two quotes ("Transforming API requests and responses for HTTP APIs"). An
 * empty one, which the CDK's own `removeHeader` writes, maps nothing.
 */
const REMOVED = "''";

/** What anybody may read in the bucket, under the same name as the rest: a client then needs one host only. */
export function routeToBucket(api: HttpApi, bucket: Bucket): void {
  const readings = {
    List: '/',
    ReadBatch: `/${IDS_PREFIX}{slot}`,
    ReadSummary: `/${SUMMARIES_PREFIX}{period}`,
    ReadUpload: `/${UPLOADS_PREFIX}{id}`,
  };
  for (const [id, path] of Object.entries(readings)) {
    const integration = new HttpUrlIntegration(id, `https://${bucket.bucketRegionalDomainName}${path}`, {
      method: HttpMethod.GET,
      // An HTTP API hands on what the client sent and adds `Forwarded`, which no mapping may touch. The bucket learns
      // the exit's address at most; these two would also tell clients apart in an organization's trail.
      parameterMapping: new ParameterMapping()
        .custom('remove:header.user-agent', REMOVED)
        .overwriteHeader('referer', MappingValue.custom(frontMark(api))),
    });
    api.addRoutes({ path, methods: [HttpMethod.GET], integration });
  }
  for (const part of api.node.findAll())
    if (part instanceof CfnIntegration && part.integrationType === 'HTTP_PROXY') part.responseParameters = AS_A_FILE;
}

/**
 * What is read is a file of no kind and never a page, whatever headers its sender gave it: else a drop could be had as a
 * host of somebody's pages. `content-encoding` is reserved, and stays ("Transforming API requests and responses for HTTP
 * APIs"): with another one than it has, a file is only harder to read.
 */
const AS_A_FILE = Object.fromEntries(
  [200, 206].map((status) => {
    const changes = {
      'overwrite:header.content-type': 'application/octet-stream',
      'overwrite:header.content-disposition': 'attachment',
      'overwrite:header.content-security-policy': "default-src 'none'; sandbox",
      'overwrite:header.x-content-type-options': 'nosniff',
      'remove:header.cache-control': REMOVED,
      'remove:header.content-language': REMOVED,
      'remove:header.expires': REMOVED,
    };
    const parameters = Object.entries(changes).map(([Destination, Source]) => ({ Destination, Source }));
    return [status, { ResponseParameters: parameters }];
  }),
);
