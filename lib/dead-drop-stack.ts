import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DeadDrop, type DeadDropProps } from './dead-drop.ts';

export interface DeadDropStackProps extends DeadDropProps, StackProps {}

/** A drop by itself, the unit that is deployed. Its outputs are what an operator passes on, and what an onion front is told. */
export class DeadDropStack extends Stack {
  readonly drop: DeadDrop;

  constructor(scope: Construct, id: string, props: DeadDropStackProps = {}) {
    super(scope, id, props);
    this.drop = new DeadDrop(this, 'DeadDrop', props);
    const { url, domain } = this.drop;
    new CfnOutput(this, 'Url', { value: url, description: 'The base URL of the drop.' });
    if (domain !== undefined) {
      const description = 'What a CNAME or alias record for the name of the drop has to lead to.';
      new CfnOutput(this, 'DomainTarget', { value: domain.regionalDomainName, description });
    }
    const uploads = `https://${this.drop.bucket.bucketRegionalDomainName}`;
    new CfnOutput(this, 'Uploads', { value: uploads, description: 'Where upload URLs lead, for dead-drop gateway.' });
  }
}
