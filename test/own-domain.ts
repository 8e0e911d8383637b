/** Props of a drop that has a domain of its own. */
export const OWN_DOMAIN = {
  domainName: 'drop.example.org',
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012',
};
