namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The Job that <c>issuerctl cluster verify --print-job</c> prints has only fields that Kubernetes knows.</summary>
public sealed class VerifyJobTests
{
    [Fact]
    public void The_Job_and_its_rights_are_valid()
    {
        (IReadOnlyList<System.Text.Json.Nodes.JsonObject> objects, IReadOnlyList<string> errors) =
            KubernetesSchemas.Validate(Path.Combine(KitFolder.Root, "tests", "IssuerGateway.Tests", "Ctl", "Cluster", "golden", "verify-job.yaml"));

        Assert.Empty(errors);
        Assert.Equal(["ServiceAccount", "Role", "RoleBinding", "Role", "RoleBinding", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "ClusterRoleBinding", "ClusterRoleBinding", "Job"], objects.Select(each => (string)each["kind"]!));
    }
}
