import { Validations } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, ParameterMapping } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration, HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { IDS_PREFIX } from '../wire/slot.ts';
import { UPLOADS_PREFIX } from '../wire/upload-id.ts';

/** How much the whole world together may ask for. */
export interface FrontProps {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** The one door: everything but the presigned PUT goes through its default stage, whose URL has no path. */
export function openFront(scope: Construct, { requestsPerSecond, burst }: FrontProps): HttpApi {
  const api = new HttpApi(scope, 'Api', { createDefaultStage: false });
  const stage = new HttpStage(api, 'DefaultStage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
    detailedMetricsEnabled: false,
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

/** A Lambda behind the door. */
export function routeToFunction(api: HttpApi, method: HttpMethod, path: string, lambda: IFunction): void {
  api.addRoutes({ path, methods: [method], integration: new HttpLambdaIntegration(lambda.node.id, lambda) });
}

/** What anybody may read in the bucket, under the same name as the rest: a client then needs one host only. */
export function routeToBucket(api: HttpApi, bucket: Bucket): void {
  const readings = { List: '/', ReadBatch: `/${IDS_PREFIX}{slot}`, ReadUpload: `/${UPLOADS_PREFIX}{id}` };
  for (const [id, path] of Object.entries(readings)) {
    const integration = new HttpUrlIntegration(id, `https://${bucket.bucketRegionalDomainName}${path}`, {
      method: HttpMethod.GET,
      // An HTTP API hands on what the client sent and adds `Forwarded`, which no mapping may touch. The bucket learns
      // the exit's address at most; these two would also tell clients apart in an organization's trail.
      parameterMapping: new ParameterMapping().removeHeader('user-agent').removeHeader('referer'),
    });
    api.addRoutes({ path, methods: [HttpMethod.GET], integration });
  }
}
