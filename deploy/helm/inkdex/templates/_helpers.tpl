{{- define "inkdex.name" -}}
{{- $name := ternary .Release.Name (printf "%s-inkdex" .Release.Name) (contains "inkdex" .Release.Name) -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "inkdex.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "inkdex.secretName" -}}
{{- .Values.secrets.existing | default (include "inkdex.name" .) -}}
{{- end -}}

{{/* Labels of every object; the argument is [root, component]. */}}
{{- define "inkdex.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: inkdex
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "inkdex.labels" -}}
{{- $root := index . 0 -}}
{{ include "inkdex.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end -}}

{{/* What every container has; the argument is the root. */}}
{{- define "inkdex.container" -}}
image: {{ include "inkdex.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* What every pod has; the argument is the root. */}}
{{- define "inkdex.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* Where a pod runs; the argument is [root, component, values of the component]. */}}
{{- define "inkdex.placement" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "inkdex.selector" . | nindent 8 }}
{{- $values := index . 2 }}
{{- with $values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The variables that name files of secrets; the argument is [root, names of the component]. */}}
{{- define "inkdex.secretVariables" -}}
{{- $root := index . 0 -}}
{{- range $name := index . 1 }}
{{- if has $name $root.Values.secrets.names }}
- {name: {{ $name }}_FILE, value: /run/secrets/inkdex/{{ $name }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* The volumes of a pod; the argument is [root, names of the component, Secret]. */}}
{{- define "inkdex.volumes" -}}
{{- $root := index . 0 -}}
- name: secrets
  secret:
    secretName: {{ index . 2 }}
    defaultMode: 0440
    items:
      {{- range index . 1 }}
      {{- if has . $root.Values.secrets.names }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
      {{- end }}
{{- with (index . 0).Values.caSecret }}
{{- if .name }}
- name: ca
  secret:
    secretName: {{ .name }}
    items: [{key: {{ .key }}, path: ca.crt}]
{{- end }}
{{- end }}
- {name: tmp, emptyDir: {}}
{{- end -}}

{{/* The argument is [path of liveness, path of readiness, port, seconds between checks]. */}}
{{- define "inkdex.probes" -}}
startupProbe:
  httpGet: {path: {{ index . 0 }}, port: {{ index . 2 }}}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: {{ index . 0 }}, port: {{ index . 2 }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: {{ index . 1 }}, port: {{ index . 2 }}}
  periodSeconds: {{ index . 3 }}
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{- define "inkdex.mounts" -}}
- {name: secrets, mountPath: /run/secrets/inkdex, readOnly: true}
{{- if .Values.caSecret.name }}
- {name: ca, mountPath: /run/ca, readOnly: true}
{{- end }}
- {name: tmp, mountPath: /tmp}
{{- end -}}

{{/* The secrets of the API and the workers. */}}
{{- define "inkdex.servers" -}}
{{- list "DATABASE_URL" "DATABASE_DIRECT_URL" "DATABASE_REPLICA_URLS" "REDIS_URL" "INKDEX_ADMIN_KEY" "RERANK_API_KEY" | toJson -}}
{{- end -}}

{{/* The names of the Services within the cluster, and those of the proxies in front of it. */}}
{{- define "inkdex.hosts" -}}
{{- $hosts := list -}}
{{- range $part := list "api" "flower" -}}
{{- $service := printf "%s-%s" (include "inkdex.name" $) $part -}}
{{- $inside := printf "%s.%s" $service $.Release.Namespace -}}
{{- $hosts = concat $hosts (list $service $inside (printf "%s.svc" $inside) (printf "%s.svc.cluster.local" $inside)) -}}
{{- end -}}
{{- concat $hosts .Values.hosts .Values.extraHosts | join "," -}}
{{- end -}}

{{/* A value as text. Helm reads numbers as floats, whose text would be 2e+06. */}}
{{- define "inkdex.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{ int64 . }}
{{- else -}}
{{ . }}
{{- end -}}
{{- end -}}

{{/* A changed setting restarts the pods. Secrets are left out, because a hash lets others guess them. */}}
{{- define "inkdex.checksums" -}}
checksum/settings: {{ toJson (list .Values.settings .Values.hosts .Values.extraHosts) | sha256sum }}
{{- end -}}
