/** As much of a client of the SDK as is needed here. */
interface Client {
  readonly middlewareStack: { remove(name: string): boolean };
}

/**
 * Makes a client of S3 or SQS that hands no trace on. Lambda gives each invocation an X-Ray header, traced or not, and
 * the SDK puts it into each request (`recursionDetectionMiddleware` of @aws-sdk/core). SQS would keep it with the message
 * as `AWSTraceHeader` ("Amazon SQS and AWS X-Ray" in X-Ray's guide): which registration came by which request, and when.
 *
 * @throws Error when this SDK calls it otherwise: then nothing is sent at all
 */
export function untraced<C extends Client>(client: C): C {
  if (client.middlewareStack.remove('recursionDetectionMiddleware')) return client;
  throw new Error('the SDK hands traces on in another way');
}
