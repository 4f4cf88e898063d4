using Telematics.Vehicle;

return await VehicleCommandLine.RunAsync(args);
