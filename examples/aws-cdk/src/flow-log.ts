import { CfnParameter, type Stack } from 'aws-cdk-lib'
import { CfnFlowLog, type CfnFlowLogProps } from 'aws-cdk-lib/aws-ec2'
import { logFormat } from './log-format.ts'

/** Logs all traffic of a VPC, which is a parameter of the stack. */
export function createFlowLog(
  stack: Stack,
  destination: Pick<
    CfnFlowLogProps,
    'logDestinationType' | 'logDestination' | 'deliverLogsPermissionArn' | 'destinationOptions'
  >,
): CfnFlowLog {
  const vpc = new CfnParameter(stack, 'VpcId', {
    type: 'AWS::EC2::VPC::Id',
    description: 'The VPC whose traffic is logged',
  })
  return new CfnFlowLog(stack, 'FlowLog', {
    resourceType: 'VPC',
    resourceId: vpc.valueAsString,
    trafficType: 'ALL',
    logFormat,
    maxAggregationInterval: 60,
    ...destination,
  })
}
