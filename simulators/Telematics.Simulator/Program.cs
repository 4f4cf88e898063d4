using Telematics.Simulator.CommandLine;

return await SimulatorCommandLine.RunAsync(args);
