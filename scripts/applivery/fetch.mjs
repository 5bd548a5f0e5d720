const url = "https://api.applivery.io/v1/organizations/{organizationId}/apps/{applicationId}/tokens";
const response = await fetch(url, {
  method: "POST",
  headers: {
    Authorization: "Bearer <YOUR_API_KEY>",
    "Content-Type": "application/json"
  },
  body: JSON.stringify({
    description: "string",
    scopes: ["sdk"]
  })
});
const data = await response.json();
