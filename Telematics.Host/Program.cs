using Telematics.Host;

return await HostCommandLine.RunAsync(args);
