# The gateway, and (target "catchers") what docker-compose.yml puts beside it to catch mails and webhooks.
FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./

# Optional packages are Node itself, for machines with an older one.
FROM base AS dependencies
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM base AS catchers
RUN npm ci --include=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY test/demo ./test/demo
USER node
ENTRYPOINT ["node", "test/demo/standalone.ts"]

FROM base AS gateway
COPY --from=dependencies /app/node_modules ./node_modules
COPY LICENSE NOTICE ./
COPY bin ./bin
COPY policies ./policies
COPY clients ./clients
COPY services ./services
USER node
EXPOSE 7432 8432
ENTRYPOINT ["node", "bin/sudoqld.js"]
CMD ["serve", "--config", "/etc/sudoql/sudoql.yaml"]
