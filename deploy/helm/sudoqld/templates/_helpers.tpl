{{/* A replica's name is its pod's, of which the gateway keeps 40 characters: 17 are the ReplicaSet's and the pod's own. */}}
{{- define "sudoqld.name" -}}
{{- .Release.Name | trunc 22 | trimSuffix "-" -}}
{{- end }}

{{- define "sudoqld.selector" -}}
app.kubernetes.io/name: sudoqld
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "sudoqld.labels" -}}
app.kubernetes.io/name: sudoqld
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: sudoql
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "sudoqld.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* What is configured, where it listens, and where compiled policies are kept. */}}
{{- define "sudoqld.config" -}}
{{- $wire := dict "host" "0.0.0.0" "port" 7432 -}}
{{- if .Values.wire.tlsSecret -}}
{{- $_ := set $wire "tls" (dict "cert" "/etc/sudoql/tls/tls.crt" "key" "/etc/sudoql/tls/tls.key") -}}
{{- else -}}
{{- $_ := set $wire "allow_plaintext" true -}}
{{- end -}}
{{- $own := dict "listen" (dict "http" (dict "host" "0.0.0.0" "port" 8432) "wire" $wire) "policy" (dict "cache" "/var/cache/sudoql") -}}
{{- mergeOverwrite (deepCopy .Values.config) $own | toYaml -}}
{{- end }}

{{- define "sudoqld.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "sudoqld.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "sudoqld.mounts" -}}
- { name: config, mountPath: /etc/sudoql/sudoql.yaml, subPath: sudoql.yaml, readOnly: true }
- { name: secret, mountPath: /run/secrets/sudoql, readOnly: true }
- { name: tmp, mountPath: /tmp }
- { name: cache, mountPath: /var/cache/sudoql }
{{- if .Values.wire.tlsSecret }}
- { name: tls, mountPath: /etc/sudoql/tls, readOnly: true }
{{- end }}
{{- end }}

{{- define "sudoqld.volumes" -}}
- name: config
  configMap: { name: {{ include "sudoqld.name" . }} }
- name: secret
  secret: { secretName: {{ .Values.secret }}, defaultMode: 0440 }
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 64Mi }
- name: cache
  emptyDir: { sizeLimit: 256Mi }
{{- with .Values.wire.tlsSecret }}
- name: tls
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end }}
