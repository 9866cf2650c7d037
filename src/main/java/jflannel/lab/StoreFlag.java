package jflannel.lab;

import picocli.CommandLine.Option;

/// The flag `--kube` of commands whose clusters can have either store.
public final class StoreFlag {
    @Option(names = "--kube", description = "The store is the Kubernetes API (a stand-in) instead of etcd")
    private boolean kube;

    public boolean isKube() {
        return kube;
    }
}
