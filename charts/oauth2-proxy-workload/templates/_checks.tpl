{{/* What the guards look values up in and compare them with. */}}

{{/* Templates of the directory roles that Entra puts into claim wids of everybody: of users, guests and restricted guests. */}}
{{- define "oauth2-proxy-workload.everybody" -}}
- b79fbf4d-3ef9-4689-8143-76b194e85509
- a0b1b346-4d3e-4e8b-98f8-753987be4970
- 10dae51f-b6af-4016-8d66-8efd2a99b8b3
- 2af84b1e-32c8-42b7-82bc-daa82404023b
{{- end }}

{{/* What is wrong with an address range: "large", "address" or nothing. No cluster has larger ranges than 10.0.0.0/8 and
fc00::/7 (RFC 1918, RFC 4193); "0.0.0.0/1" twice is "everybody" too, and so is ::ffff:0:0/96, which is all of IPv4 to Go. */}}
{{- define "oauth2-proxy-workload.rangeFault" -}}
{{- $length := int (last (splitList "/" .)) -}}
{{- if contains ":" . -}}
{{- if or (lt $length (ternary 7 16 (regexMatch "^[fF][cdCD][0-9a-fA-F]{2}:" .))) (not (regexMatch "^[1-9a-fA-F][0-9a-fA-F]{3}:" .)) -}}large
{{- else if or (gt $length 128) (not (regexMatch "^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|[0-9a-fA-F:]+::?[0-9a-fA-F]{1,4})/[1-9][0-9]*$" .)) (gt (len (regexFindAll "::" . -1)) 1) -}}address
{{- end -}}
{{- else if lt $length 8 -}}large
{{- else if not (regexMatch "^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])([.]|/)){4}([89]|[12][0-9]|3[0-2])$" .) -}}address
{{- else -}}
{{- $bytes := splitList "." (first (splitList "/" .)) -}}
{{- $number := add (mul (int (index $bytes 0)) 16777216) (mul (int (index $bytes 1)) 65536) (mul (int (index $bytes 2)) 256) (int (index $bytes 3)) -}}
{{- $size := 1 -}}
{{- range until (int (sub 32 $length)) -}}{{- $size = mul $size 2 -}}{{- end -}}
{{- if mod $number $size -}}address{{- end -}}
{{- end -}}
{{- end }}

{{/* Seconds of a duration such as 1h30m, 5m, 20s. */}}
{{- define "oauth2-proxy-workload.seconds" -}}
{{- $total := 0 -}}
{{- range regexFindAll "[0-9]+[hms]" . -1 -}}
{{- $total = add $total (mul (int (regexFind "[0-9]+" .)) (get (dict "h" 3600 "m" 60 "s" 1) (regexFind "[hms]" .))) -}}
{{- end -}}
{{- $total -}}
{{- end }}

{{- define "oauth2-proxy-workload.guid" -}}^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$
{{- end }}

{{/* The value of a flag as OAuth2 Proxy reads it: of a list the last one counts, and false has several spellings (strconv.ParseBool). */}}
{{- define "oauth2-proxy-workload.flagText" -}}
{{- $value := . -}}
{{- if kindIs "slice" . -}}{{- $value = last (prepend . "") -}}{{- end -}}
{{- $text := ternary "" (toString $value) (kindIs "invalid" $value) -}}
{{- ternary "false" $text (has $text (list "f" "F" "FALSE" "False" "0")) -}}
{{- end }}

{{/* Whether a route without sign-in matches paths that it does not name: (flag, route). A route is METHOD=REGEX, METHOD!=REGEX, or
without the method; a "!=" anywhere makes it one for all paths that do not match. Paths that no application has are tried (one for
each letter that a path may begin with, of which a name matches one), and each alternative has to begin at the beginning of the path. */}}
{{- define "oauth2-proxy-workload.opensMore" -}}
{{- $routes := eq (index . 0) "skip-auth-route" -}}
{{- $regex := ternary (regexReplaceAll "^[^=]*=" (index . 1) "") (index . 1) $routes -}}
{{- $negated := and $routes (contains "!=" (index . 1)) -}}
{{- $tried := list "/4f1c9b/07d2" "/qzxjv/kwq" "/Q-z.x_J" "/qzxjv" "/~7" "/q/z/x/j/v/k/w/q" (printf "/qzxjv/%s" (repeat 60 "kwq")) -}}
{{- /* By its ending a path is not what it seems: many applications serve /admin/x.css as /admin. */ -}}
{{- range list "css" "gif" "html" "ico" "jpg" "js" "json" "map" "php" "png" "svg" "txt" "webp" "woff2" "xml" -}}{{- $tried = append $tried (printf "/qzxjv/kwq.%s" .) -}}{{- end -}}
{{- range $tried -}}
{{- if ne $negated (regexMatch $regex .) -}}true{{- end -}}
{{- end -}}
{{- $letters := 0 -}}
{{- range splitList "" "abcdefghijklmnopqrstuvwxyz0123456789" -}}
{{- if regexMatch $regex (printf "/%szxjv/k7" .) -}}{{- $letters = add $letters 1 -}}{{- end -}}
{{- end -}}
{{- if gt (int $letters) 1 -}}true{{- end -}}
{{- if not $negated -}}
{{- $outline := regexReplaceAll "\\\\." (regexReplaceAll "^\\(\\?[a-z]+\\)" $regex "") "x" -}}
{{- $outline = regexReplaceAll "\\[[^\\]]*\\]" $outline "x" -}}
{{- range until 5 -}}{{- $outline = regexReplaceAll "\\([^()]*\\)" $outline "x" -}}{{- end -}}
{{- range splitList "|" $outline -}}
{{- if not (hasPrefix "^" .) -}}true{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
