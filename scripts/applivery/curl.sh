curl -X POST "https://api.applivery.io/v1/organizations/{organizationId}/apps/{applicationId}/tokens" \
  -H "Authorization: Bearer <YOUR_API_KEY>" \
  -H "Content-Type: application/json" \
  -d '{
  "description": "string",
  "scopes": [
    "sdk"
  ]
}'
