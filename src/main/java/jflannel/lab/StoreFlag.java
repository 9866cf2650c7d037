package jflannel.lab;

import picocli.CommandLine.Option;

/// The flag `--kube` of commands that support both stores.
public final class StoreFlag {
    @Option(names = "--kube", description = "Use a stand-in for the Kubernetes API as the store, instead of etcd")
    private boolean kube;

    public boolean isKube() {
        return kube;
    }
}
