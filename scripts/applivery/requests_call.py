import requests

url = "https://api.applivery.io/v1/organizations/{organizationId}/apps/{applicationId}/tokens"
response = requests.post(
    url,
    headers={"Authorization": "Bearer <YOUR_API_KEY>"},
    json={
        "description": "string",
        "scopes": ["sdk"],
    },
)
data = response.json()
