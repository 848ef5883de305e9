// OTLP over HTTP in protobuf, which every receiver takes (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Timeout,
// compression, certificates and temporality are read from the usual OTEL_EXPORTER_OTLP_… variables by the package.
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';

export interface OtlpTarget {
  /** Without the path of a signal. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function otlpExporter({ endpoint, headers }: OtlpTarget): PushMetricExporter {
  return new OTLPMetricExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/metrics`, headers: { ...headers } });
}
