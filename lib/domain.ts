import { ApiMapping, DomainName, EndpointType, type HttpApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';
import { stageOf } from './front.ts';

/** A name that the operator has, and the certificate for it. */
export interface DomainProps {
  readonly domainName: string;
  readonly certificateArn: string;
}

/**
 * Opens the front under a name of the operator's own, besides the one that AWS gives it: contacts in print then outlive the
 * API, whose id is another one when a drop is made anew. The name that AWS gave goes on working.
 */
export function openDomain(scope: Construct, api: HttpApi, { domainName, certificateArn }: DomainProps): DomainName {
  const domain = new DomainName(scope, 'Domain', {
    domainName,
    certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificateArn),
    endpointType: EndpointType.REGIONAL,
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  new ApiMapping(scope, 'DomainMapping', { api, domainName: domain, stage: stageOf(api) });
  return domain;
}
