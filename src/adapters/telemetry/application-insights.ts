// Application Insights (https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto).

import type { TokenCredential } from '@azure/identity';
import { AzureMonitorMetricExporter } from '@azure/monitor-opentelemetry-exporter';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';

export interface ApplicationInsightsTarget {
  readonly connectionString: string;
  /** Without one, whoever knows the connection string may send. */
  readonly credential?: TokenCredential;
}

export function applicationInsightsExporter({
  connectionString,
  credential,
}: ApplicationInsightsTarget): PushMetricExporter {
  // The package counts its own calls and reports them, unless the environment says no; it has no option for it.
  process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] ??= 'true';
  return new AzureMonitorMetricExporter({
    connectionString,
    ...(credential && { credential }),
    // What it keeps on disk while it cannot send is of no use to an instance that may be gone in a minute.
    disableOfflineStorage: true,
  });
}
