"""The pocket internet: topologies of namespaces, veth pairs and BGP routers that nothing can leave."""
