{{- define "vitascope.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "vitascope.labels" -}}
app.kubernetes.io/name: vitascope
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "vitascope.image" -}}
{{ .root.Values.image.repository }}:{{ .tag | default .root.Values.image.tag }}
{{- end }}

{{- define "vitascope.podSecurity" -}}
automountServiceAccountToken: false
# A Service of the name vitascope would put VITASCOPE_PORT=tcp://… into every pod's environment.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "vitascope.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- define "vitascope.environment" -}}
envFrom:
  - secretRef: { name: {{ .Values.existingSecret | quote }} }
env:
  - { name: VITASCOPE_CONFIG, value: /etc/vitascope/vitascope.toml }
  - { name: VITASCOPE_STORAGE, value: {{ .Values.storage | quote }} }
{{- end }}

{{- define "vitascope.mounts" -}}
volumeMounts:
  - { name: config, mountPath: /etc/vitascope, readOnly: true }
  - { name: data, mountPath: /data }
  - { name: tmp, mountPath: /tmp }
{{- end }}
