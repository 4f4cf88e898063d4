# The Host, with all roles; settings choose what a container does (docs/options.md).
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Telematics.Host/Telematics.Host.csproj -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
# For the embedded log and the SQLite file; with RocketMQ and PostgreSQL nothing is written there.
RUN mkdir /data && chown $APP_UID /data
VOLUME /data
ENV Telematics__DataDirectory=/data
# MQTT, MQTT over TLS, HTTP
EXPOSE 1883 8883 8080
USER $APP_UID
# The base image has no HTTP client.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["dotnet", "Telematics.Host.dll"]
