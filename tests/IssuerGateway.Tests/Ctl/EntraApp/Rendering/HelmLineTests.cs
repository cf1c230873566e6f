using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

public class HelmLineTests
{
    [Fact]
    public void Installs_for_one_host_and_asks_who_may_enter() => Assert.Equal(
        "helm install azure-demo charts/oauth2-proxy-workload --namespace azure-demo --create-namespace "
        + "--set tenantId=00000000-0000-0000-0000-000000000000 --set clientId=c --set host=app.example.com --set serviceAccount.name=azure-demo "
        + "--set-string cookie.secret=\"$(openssl rand -hex 16)\" --set 'allowedGroups={GROUP_OBJECT_ID}'\n"
        + "GROUP_OBJECT_ID is the group that may enter; for the whole tenant write --set allowAnyTenantUser=true in its place\n"
        + "if the first sign-in stops at \"Need admin approval\", an administrator opens once: https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/adminconsent?client_id=c",
        HelmLine.Of(SampleRegistrations.Validated(SampleRegistrations.Placeholders), "c"));

    [Fact]
    public void Installs_once_a_host_with_roles_and_the_audience_of_the_cloud() => Assert.Equal(
        "helm install web.frontend charts/oauth2-proxy-workload --namespace team-a --create-namespace "
        + "--set tenantId=8e2f0000-1111-2222-3333-44445555aaaa --set clientId=c --set host=app.example.com --set serviceAccount.name=web.frontend "
        + "--set token.audience=api://AzureADTokenExchangeUSGov --set-string cookie.secret=\"$(openssl rand -hex 16)\" --set groupsClaim=roles --set 'allowedGroups={admin,Reader.All}'\n"
        + "helm install web.frontend-2 charts/oauth2-proxy-workload --namespace team-a --create-namespace "
        + "--set tenantId=8e2f0000-1111-2222-3333-44445555aaaa --set clientId=c --set host=www.example.com --set serviceAccount.name=web.frontend "
        + "--set serviceAccount.create=false --set token.audience=api://AzureADTokenExchangeUSGov --set-string cookie.secret=\"$(openssl rand -hex 16)\" --set groupsClaim=roles --set 'allowedGroups={admin,Reader.All}'",
        HelmLine.Of(SampleRegistrations.Validated(SampleRegistrations.Full), "c"));

    [Fact]
    public void A_long_service_account_gives_a_release_name_that_Helm_takes() => Assert.StartsWith(
        $"helm install {new string('a', 49)} charts/", HelmLine.Of(SampleRegistrations.Validated(SampleRegistrations.Placeholders with { ServiceAccount = new string('a', 49) + ".b" }), "c"),
        StringComparison.Ordinal);
}
